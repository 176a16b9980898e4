"""Explorations that do not go well. They stand in a module of their own, for a child process loads them."""

import os
import time
from collections.abc import Iterator

from bundling.deadline import Deadline
from bundling.generating import Came, Told, Work, explore, explored, knowledge


def one_combo_takes_a_minute(work: Work, deadline: Deadline) -> Iterator[Told]:
    """The second of the run, after some of its candidates; it does not look at its deadline."""
    known, mined = knowledge(work)
    yield mined
    for combo in work.combos:
        for told in explored(combo, work.shop, known, deadline):
            yield told
            if combo.objective == "increase_aov":
                time.sleep(60)


def the_process_dies(work: Work, deadline: Deadline) -> Iterator[Told]:
    for number, told in enumerate(explore(work, deadline)):
        if number == 3:
            os._exit(9)
        yield told


def one_combo_never_stops_telling(work: Work, deadline: Deadline) -> Iterator[Told]:
    """It finds more and more, and does not look at its deadline."""
    known, mined = knowledge(work)
    yield mined
    for combo in work.combos:
        told = list(explored(combo, work.shop, known, deadline))
        yield from told[:-1]
        while combo.objective == "increase_aov":
            yield Came(())
        yield told[-1]
