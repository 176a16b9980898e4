"""How good what is offered beside a product would have been, told from orders kept back."""

from bundling.evaluation.bootstrap import paired
from bundling.evaluation.evaluating import Evaluation, Gain, Result, evaluate
from bundling.evaluation.holdout import HoldOut, hold_out
from bundling.intervals import Interval

__all__ = ["Evaluation", "Gain", "HoldOut", "Interval", "Result", "evaluate", "hold_out", "paired"]
