"""What a person has to know before answering, as lines of text in their language.

Order and wording follow the sheet for consent pages: who asks, what to look at twice, why, what
they will see, what they only learn is true, what stays hidden, what follows, and which certificates
would be used.
"""

from __future__ import annotations

import datetime

from zkproof.wallet.review import Review
from zkproof.words.catalogue import warn, word
from zkproof_circuits.explain import Explanation


def consent(review: Review, language: str, target: str | None, *, relay: bool = False) -> str:
    """The whole text. ``target`` is where the answer would be sent, if it is; ``relay`` says that
    lists are fetched through one.

    Raises `UsageError` for an unknown language.
    """
    explained = review.explanation(language)
    verifier, name = review.verifier, review.verifier.name
    ends = datetime.datetime.fromtimestamp(review.request.expires_at, datetime.UTC)
    who = [
        f"{name} ({verifier.verifier_id}), {word('consent-registered', language)}",
        word(
            "consent-until",
            language,
            date=ends.date().isoformat(),
            time=ends.strftime("%H:%M UTC"),
        ),
    ]
    if target is not None:
        who.append(word("consent-goes-to", language, address=target))
    if not review.registered_policy:
        who.append(word("consent-policy-unregistered", language, verifier=name))
    sections = [
        ("consent-who", who),
        (
            "consent-warnings",
            [warn(each.code, language, **each.facts) for each in review.warnings(relay=relay)],
        ),
        ("consent-why", [explained.quoted_purpose, explained.retention]),
        ("consent-sees", _seen(review, explained)),
        ("consent-knows", list(explained.knows)),
        ("consent-follows", [each.label for each in explained.follows]),
        ("consent-links", _links(review, explained)),
        ("consent-auditors", [each.sentence for each in explained.auditors]),
        ("consent-hidden", explained.hidden_lines(technical=False)),
        ("consent-technical", explained.hidden_lines(technical=True)),
        ("consent-from", _certificates(review, explained, language)),
    ]
    lines = []
    for heading, items in sections:
        if items:
            lines += [word(heading, language), *(f"  {item}" for item in items), ""]
    return "\n".join(lines)


def _seen(review: Review, explained: Explanation) -> list[str]:
    """Labels with the holder's own values."""
    if not explained.reveals:
        return [word("consent-sees-nothing", explained.language)]
    shown = review.disclosed(explained.language)
    return [f"{each.label}: {shown[str(each.slot)]}" for each in explained.reveals]


def _links(review: Review, explained: Explanation) -> list[str]:
    """By what the holder is recognised again, and by whom: one verifier, or several together."""
    names = {
        (each.named, each.attributes): ", ".join(name for _, name in each.verifiers)
        for each in review.recognised_by()
    }
    return [
        f"{each.sentence} ({names[each.scope, tuple(map(str, each.slots))]})"
        for each in explained.links
    ]


def _certificates(review: Review, explained: Explanation, language: str) -> list[str]:
    titles = {each.alias: each.title for each in explained.credentials}
    lines = []
    for alias, name in review.chosen.items():
        others = [each for each in review.options[alias] if each != name]
        also = f" ({word('consent-change', language)}: {', '.join(others)})" if others else ""
        lines.append(f"{alias}, {titles[alias]}: {name}{also}")
    return lines
