"""Candidates as documents."""

from collections.abc import Iterable

from ranking.candidate import Candidate
from ranking.formats.layout import Document


def documents(candidates: Iterable[Candidate]) -> dict[str, Document]:
    """By candidate id. Their text is what is searched, their name in it."""
    return {candidate.candidate_id: _document(candidate) for candidate in candidates}


def _document(candidate: Candidate) -> Document:
    known = {
        "sectors": list(candidate.sectors),
        "regions": list(candidate.regions),
        "attributes": list(candidate.attributes),
    }
    return Document(candidate.name, candidate.text, known)
