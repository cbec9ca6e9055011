"""The glossary: every term, measure and choice with its definition; and texts whose terms explain themselves."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from functools import cache, lru_cache
from types import MappingProxyType

from cgs_core.measures import MEASURES
from cgs_core.scenario import CHOICES, Agent, Scenario, field_facts
from cgs_core.words.terms import TERMS, Term
from cgs_core.words.written import field_title, unbroken

ADDRESS = "glossary?term={key}"
"""Of a term, relative to the app's own address."""

MEASURE_GROUP = "Measures of a run"
_PAGE_OF_CHOICES = {"split": "playground", "conduct": "playground", "model": "playground"}  # of the others: Mechanisms
_UNTOUCHED = r"\[[^\]]*\]\([^)]*\)|`[^`]*`|\$[^$]*\$|:material/\w+:|<[^>]*>"  # links, code, formulae, signs


@cache
def entries() -> Mapping[str, Term]:
    """All that the glossary has, by key: the terms, then the measures, then what every setting may be."""
    measures = {
        name: Term(
            word=one.title,
            words=one.definition,
            page="mechanisms",
            group=MEASURE_GROUP,
            heads=tuple(dict.fromkeys((one.title, one.head))),
        )
        for name, one in MEASURES.items()
    }
    choices = {
        choice_key(field, name): Term(
            word=one.title,
            words=one.sentence,
            page=_PAGE_OF_CHOICES.get(field, "mechanisms"),
            group=field_facts(field, Agent if field == "conduct" else Scenario).title,
            source=one.source,
        )
        for field, options in CHOICES.items()
        for name, one in options.items()
    }
    return MappingProxyType({**TERMS, **measures, **choices})


def choice_key(field: str, name: str) -> str:
    """The key of a choice, for instance "valuation-banzhaf"."""
    return f"{field}-{name}"


def groups() -> Mapping[str, Mapping[str, Term]]:
    """The entries under their headings, in order."""
    found: dict[str, dict[str, Term]] = {}
    for key, term in entries().items():
        found.setdefault(term.group, {})[key] = term
    return found


def looked_for(text: str) -> Mapping[str, Term]:
    """The entries in which a text is found: in their names first, then in what they mean."""
    wanted = text.strip().casefold()

    def names(term: Term) -> str:
        return " ".join((term.word, term.field, term.symbol, *term.said)).casefold()

    named = {key: term for key, term in entries().items() if wanted in names(term)}
    return named | {key: term for key, term in entries().items() if wanted in term.words.casefold()}


def spellings() -> dict[str, str]:
    """How terms are written in texts, and the key of each."""
    return {said: key for key, term in TERMS.items() for said in term.said}


@cache
def _pattern() -> re.Pattern[str]:
    words = "|".join(re.escape(one) for one in sorted(spellings(), key=len, reverse=True))
    return re.compile(rf"(?P<untouched>{_UNTOUCHED})|(?<![\w-])(?P<said>{words})(?![\w-])")


@lru_cache(maxsize=512)
def explained(text: str) -> str:
    """A text in Markdown whose terms are links to their definitions, each where it first occurs.

    Links, code and formulae stay as they are. No line breaks within a number (``unbroken``).

    Examples
    --------
    >>> from cgs_core.words.glossary import explained
    >>> explained("An agent is paid, and so is every other agent.")
    'An [agent](glossary?term=agent) is [paid](glossary?term=pay), and so is every other agent.'
    """
    keys, seen = spellings(), set()

    def marked(found: re.Match[str]) -> str:
        said = found["said"]
        if said is None or keys[said] in seen:
            return found[0]
        seen.add(keys[said])
        return f"[{said}]({ADDRESS.format(key=keys[said])})"

    return unbroken(_pattern().sub(marked, text))


LEDGER_HEADS = (
    ("brings", "shard"),
    ("is worth", "worth"),
    ("is paid", "pay"),
    ("gets", "gets"),
    ("alone", "alone"),
    ("FedAvg", "fedavg"),
)
"""What stands over the ledger's columns, and the terms that say what it means."""


def linked(heads: Iterable[tuple[str, str]]) -> str:
    """Heads of columns or rows, in Markdown, each a link to the entry of the key beside it."""
    return "What each means: " + " · ".join(f"[{head}]({ADDRESS.format(key=key)})" for head, key in heads)


def measures_linked(names: Iterable[str]) -> str:
    """The same of measures, by their names."""
    return linked((MEASURES[name].column, name) for name in names)


def field_words(field: str) -> str:
    """A field, as a sweep names it, with what it says of itself."""
    owner, _, name = field.rpartition(".")
    words = TERMS[field].words if field in TERMS else field_facts(name, Agent if owner else Scenario).help
    return explained(f"{field_title(field)}: {words}")


def definitions() -> dict[str, dict[str, object]]:
    """What a browser needs to explain a term in place: by key its name, what it means, how texts and heads write it."""
    return {
        key: {"name": name_of(term), "words": term.words, "said": list(term.said), "heads": list(term.heads)}
        for key, term in entries().items()
    }


def name_of(term: Term) -> str:
    """A term's word, with its symbol and the field's own term where there are, for instance "pay, ρ (reward ratio)"."""
    return term.word + (f", {term.symbol}" if term.symbol else "") + (f" ({term.field})" if term.field else "")
