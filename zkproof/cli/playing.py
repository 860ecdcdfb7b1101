"""Play a scenario: everybody in it tries, and what happens is held against what should."""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from zkproof.cli.stage import Progress, Stage, Verifier, exclusion_entries
from zkproof.credential.trust import ListKind
from zkproof.curve import R
from zkproof.errors import IssuanceError, UsageError, WalletError
from zkproof.presentation.presentation import Presentation, present
from zkproof.presentation.report import Refusal, Report
from zkproof.presentation.request import Request
from zkproof.presentation.verify import verify
from zkproof.wallet.choosing import choose
from zkproof.wallet.wallet import Wallet
from zkproof_circuits import library
from zkproof_circuits.circuit import Circuit
from zkproof_circuits.library.scenarios import Expectation, Person, Scenario


@dataclass(frozen=True, slots=True)
class Attempt:
    """What happened to one person. Times in milliseconds; zero where nothing was proven."""

    person: Person
    outcome: Expectation | str
    said: str
    report: Report | None = None
    octets: int = 0
    prove_ms: float = 0.0
    verify_ms: float = 0.0

    @property
    def as_expected(self) -> bool:
        return self.outcome == self.person.expect


@dataclass(frozen=True, slots=True)
class Play:
    """A scenario that was played: the question, and all attempts in order."""

    scenario: Scenario
    request: Request
    circuit: Circuit
    attempts: tuple[Attempt, ...]


def play(
    scenario: Scenario,
    folder: Path,
    *,
    now: int,
    entries: int | None = None,
    progress: Progress = lambda *_: None,
) -> Play:
    """Build the stage, issue, publish, ask, and let everybody try.

    ``entries`` overrides the length of published lists. Raises whatever goes wrong: a play has no
    excuse for an error.
    """
    stage, verifier, wallets = _build(scenario, folder, now, entries, progress)
    policy = library.policy_text(scenario.policy)
    asked = verifier.ask(policy, scenario.parameters)
    circuit = asked.circuit(stage.view().schemas)
    seen: set[tuple[str, bytes]] = set()
    attempts = [
        _attempt(stage, verifier, scenario, person, wallets[i], seen)
        for i, person in enumerate(scenario.people)
    ]
    return Play(scenario, asked, circuit, tuple(attempts))


@dataclass(frozen=True, slots=True)
class Rehearsal:
    """The first person's part, to be done again and again."""

    circuit: Circuit
    octets: int
    prove: Callable[[], object]
    verify: Callable[[], object]


def rehearse(scenario: Scenario, folder: Path, *, now: int, entries: int) -> Rehearsal:
    """Build the stage, and prepare what the first person of the scenario does."""
    stage, verifier, wallets = _build(scenario, folder, now, entries, lambda *_: None)
    asked = verifier.ask(library.policy_text(scenario.policy), scenario.parameters)
    view = stage.view()
    circuit = asked.circuit(view.schemas)
    prove = _part(stage, asked, circuit, wallets[0])
    answer = prove().to_bytes()
    if not isinstance(verify(asked, answer, view, now=now), Report):
        raise UsageError(f"{scenario.name}: the first person does not pass")
    return Rehearsal(circuit, len(answer), prove, lambda: verify(asked, answer, view, now=now))


def _build(
    scenario: Scenario, folder: Path, now: int, entries: int | None, progress: Progress
) -> tuple[Stage, Verifier, list[Wallet]]:
    stage = Stage(folder, now=now, progress=progress)
    _cast(stage, scenario)
    verifier = stage.add_verifier(scenario.verifier)
    wallets = _issue(stage, scenario)
    stage.publish_status()
    _publish_lists(stage, scenario, entries)
    return stage, verifier, wallets


def _part(
    stage: Stage, asked: Request, circuit: Circuit, wallet: Wallet
) -> Callable[[], Presentation]:
    """Fetch, choose, and what then makes the presentation. Raises what the wallet says."""
    view = stage.view()
    wallet, _ = stage.refresh(wallet, asked)
    chosen = choose(
        circuit,
        wallet.credentials,
        wallet.link_secret,
        today=asked.today,
        registries=view.registries,
        evidence=wallet.evidence,
    )
    return partial(
        present,
        asked,
        circuit,
        chosen.credentials,
        wallet.link_secret,
        view,
        evidence=wallet.evidence,
    )


def _cast(stage: Stage, scenario: Scenario) -> None:
    registries: dict[str, list[str]] = {}
    for issuer in scenario.issuers:
        stage.add_issuer(issuer.issuer_id, issuer.name)
        for registry in issuer.registries:
            registries.setdefault(registry, []).append(issuer.issuer_id)
    for registry, issuers in registries.items():
        stage.add_registry(registry, issuers)
    for auditor in scenario.auditors:
        stage.add_auditor(auditor)


def _issue(stage: Stage, scenario: Scenario) -> list[Wallet]:
    """A wallet for everybody; who comes again has the secret of before."""
    wallets: list[Wallet] = []
    for position, person in enumerate(scenario.people):
        again = person.again and position > 0
        link = wallets[position - 1].link_secret if again else _link_secret()
        wallet, stranger = Wallet(link), Wallet(_link_secret())
        for alias, sample in scenario.credentials.items():
            record = scenario.record(person, alias, stage.now)
            if alias in person.borrowed:
                stranger = stage.issue(stranger, alias, sample, record)
                borrowed = {**wallet.credentials, alias: stranger.credentials[alias]}
                wallet = Wallet(link, borrowed)
            else:
                wallet = stage.issue(wallet, alias, sample, record)
        for alias in person.revoked:
            stage.revoke(wallet.credentials[alias])
        wallets.append(wallet)
    return wallets


def _link_secret() -> bytes:
    return (1 + secrets.randbelow(R - 1)).to_bytes(32, "big")


def _publish_lists(stage: Stage, scenario: Scenario, entries: int | None) -> None:
    for each in scenario.lists:
        count = each.entries if entries is None else entries
        listed, free = _numbers(scenario, stage.now)
        kind = ListKind(each.kind)
        stage.publish_list(each.list_id, kind, exclusion_entries(count, listed, free))


def _numbers(scenario: Scenario, now: int) -> tuple[list[int], list[int]]:
    """What the lists speak of: values of people who are on them, and of people who are not."""
    listed: list[int] = []
    free: list[int] = []
    attributes = {where for person in scenario.people for where in person.listed}
    for person in scenario.people:
        for where in attributes:
            alias, _, attribute = where.partition(".")
            value = int(scenario.record(person, alias, now)[attribute])
            (listed if where in person.listed else free).append(value)
    return listed, free


def _attempt(
    stage: Stage,
    verifier: Verifier,
    scenario: Scenario,
    person: Person,
    wallet: Wallet,
    seen: set[tuple[str, bytes]],
) -> Attempt:
    """Ask, choose, prove, verify; the register of tags is the verifier's own."""
    asked = verifier.ask(library.policy_text(scenario.policy), scenario.parameters)
    view = stage.view()
    circuit = asked.circuit(view.schemas)
    try:
        make = _part(stage, asked, circuit, wallet)
        make()  # tables of generators are built on first use
        start = time.perf_counter()
        answer = make().to_bytes()
        proven = time.perf_counter()
    except (WalletError, UsageError, IssuanceError) as error:
        return Attempt(person, "wallet-refuses", error.message)
    verify(asked, answer, view, now=stage.now)
    start_verify = time.perf_counter()
    outcome = verify(asked, answer, view, now=stage.now)
    verified = time.perf_counter()
    if isinstance(outcome, Refusal):
        return Attempt(person, outcome.code.value, outcome.text)
    tags = {(each.scope, each.value) for each in outcome.pseudonyms if len(each.slots) == 2}
    known = bool(tags & seen)
    seen |= tags
    return Attempt(
        person,
        "second-time" if known else "proven",
        "the tag is in the register already" if known else "",
        outcome,
        len(answer),
        1e3 * (proven - start),
        1e3 * (verified - start_verify),
    )
