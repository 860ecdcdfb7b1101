"""What a person has to know before answering, as lines of text in their language.

Order and wording follow the sheet for consent pages: who asks, what to look at twice, why, what
they will see, what they only learn is true, what follows, what stays hidden and what they are not
told, and which certificates would be used.
"""

from __future__ import annotations

import datetime

from zkproof.wallet.review import Review
from zkproof.wallet.warnings import Warning, WarningCode
from zkproof.words.catalogue import list_of, warn, word
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
            [_warned(each, explained, language) for each in review.warnings(relay=relay)],
        ),
        ("consent-why", [explained.quoted_purpose, explained.retention]),
        ("consent-sees", _seen(review, explained)),
        ("consent-knows", list(explained.knows)),
        ("consent-follows", [each.label for each in explained.follows]),
        ("consent-links", _links(review, explained)),
        ("consent-auditors", [each.sentence for each in explained.auditors]),
        ("consent-hidden", explained.hidden_lines(technical=False)),
        ("consent-technical", explained.hidden_lines(technical=True)),
        ("consent-not-told", _not_told(review, explained, language)),
        ("consent-from", _certificates(review, explained, language)),
    ]
    lines = []
    for heading, items in sections:
        if items:
            lines += [word(heading, language), *(f"  {item}" for item in items), ""]
    return "\n".join(lines)


def _seen(review: Review, explained: Explanation) -> list[str]:
    """Labels with the holder's own values."""
    shown = review.disclosed(explained.language)
    lines = [f"{each.label}: {shown[str(each.slot)]}" for each in explained.reveals]
    if not lines:
        lines.append(word("consent-sees-nothing", explained.language))
    if review.chooses:
        titles = [each.title for each in explained.credentials if not each.in_a_way]
        listed = list_of(titles, explained.language)
        lines.append(word("consent-choice-seen", explained.language, certificates=listed))
    return lines


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


def _warned(warning: Warning, explained: Explanation, language: str) -> str:
    """With titles and labels where people would otherwise read names of the policy."""
    facts = dict(warning.facts)
    if warning.code in (WarningCode.FEW_ISSUERS, WarningCode.ONLY_WAY):
        titles = {each.alias: each.title for each in explained.credentials}
        aliases = str(facts["credential"]).split(", ")
        facts["credential"] = list_of([titles[alias] for alias in aliases], language)
    if warning.code is WarningCode.SHOWN_NARROWS:
        facts["shown"] = list_of([each.label for each in explained.reveals], language)
    return warn(warning.code, language, **facts)


def _not_told(review: Review, explained: Explanation, language: str) -> list[str]:
    """Which way is taken, and who issued what: the verifier learns neither."""
    lines = []
    if any(each.in_a_way for each in explained.credentials):
        lines.append(word("consent-way-hidden", language))
    for each in explained.credentials:
        if each.in_a_way:
            lines.append(word("consent-if-used", language, certificate=each.title))
        elif each.issuer_hidden:
            count = review.hidden.issuers(each.alias)
            lines.append(
                word("consent-issuer-hidden", language, certificate=each.title, count=count)
            )
    return lines


def _certificates(review: Review, explained: Explanation, language: str) -> list[str]:
    titles = {each.alias: each.title for each in explained.credentials}
    lines = []
    for alias, name in review.chosen.items():
        others = [each for each in review.options[alias] if each != name]
        also = f" ({word('consent-change', language)}: {', '.join(others)})" if others else ""
        lines.append(f"{alias}, {titles[alias]}: {name}{also}")
    for alias in sorted(review.options.keys() - review.chosen.keys()):
        names = list_of(review.options[alias], language)
        instead = word("consent-way-instead", language, certificate=titles[alias], names=names)
        lines.append(f"{alias}, {instead}")
    return lines
