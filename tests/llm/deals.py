"""The question that the project's simulator knows: propose packages for a cluster of deals."""

from pathlib import Path
from typing import Any

from llm import Answer, Call, Prompt, Question, load_prompt

PROMPT = """\
---
name: propose_packages
version: 1
---
## system
You group deals into packages.
## user
{{deals}}
"""
DEALS = [
    {
        "deal_id": f"bidswitch.com/{3000 + number}",
        "deal_name": f"Premium CTV Auto {number}",
        "ssp_name": "BidSwitch",
        "format": "video",
        "taxonomy": {"tier1": "Automotive", "tier2": "SUV", "tier3": ""},
        "safety": {"garm_risk_rating": "low", "family_safe": True},
    }
    for number in range(6)
]
IDS = {str(deal["deal_id"]) for deal in DEALS}


class Package(Answer):
    package_name: str
    deal_ids: list[str]
    reasoning: str


class Excluded(Answer):
    deal_id: str
    code: str
    words: str


class Proposal(Answer):
    packages: list[Package]
    excluded: list[Excluded]


def complaints(answer: Proposal) -> list[str]:
    given = [deal for package in answer.packages for deal in package.deal_ids]
    given += [excluded.deal_id for excluded in answer.excluded]
    return [
        *(f"deal {deal} is missing" for deal in sorted(IDS - set(given))),
        *(f"deal {deal} is unknown" for deal in sorted(set(given) - IDS)),
        *(f"deal {deal} is there twice" for deal in sorted(IDS) if given.count(deal) > 1),
    ]


def deal_prompt(folder: Path) -> Prompt:
    path = folder / "propose_packages.md"
    path.write_text(PROMPT)
    return load_prompt(path)


def deal_question(prompt: Prompt, tenant: str, cluster: int = 0, **other: Any) -> Question[Proposal]:
    """Each cluster number makes another question: its deals have other names."""
    deals = [deal | {"deal_name": f"{deal['deal_name']} of cluster {cluster}"} for deal in DEALS]
    call = Call(
        tenant=tenant,
        run_id="RUN_1",
        stage="packager",
        interaction_type="package_proposal",
        entity=f"{cluster:08d}-0000-5000-8000-000000000000",
        expected_ids=tuple(sorted(IDS)),
    )
    settings: dict[str, Any] = {"model": "gemini-2.5-flash", **other}
    return Question(
        prompt=prompt, answer=Proposal, call=call, data={"deals": deals}, check=complaints, **settings
    )
