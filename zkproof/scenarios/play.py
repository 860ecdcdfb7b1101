"""Play a scenario: everybody in it tries, and what happens is held against what should."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from zkproof.credential.credential import Credential
from zkproof.errors import ConflictError, IssuanceError, NotFoundError, UsageError, WalletError
from zkproof.lists.source import folder_source
from zkproof.presentation.report import Refusal, Report
from zkproof.presentation.request import Request
from zkproof.presentation.verify import verify
from zkproof.scenarios.adversary import present_unchecked, relabelled
from zkproof.scenarios.world import EPOCH, Progress, World, exclusion_entries
from zkproof.trust import ListKind, RegisteredScope, ScopeForm, Spread
from zkproof.verifier.verifier import Verifier
from zkproof.wallet.content import Content
from zkproof.wallet.refreshing import refresh, wanted_by, wanted_standing
from zkproof.wallet.wallet import Wallet
from zkproof_circuits import library
from zkproof_circuits.circuit import Circuit, PseudonymFor
from zkproof_circuits.library.story import (
    PROVEN,
    SECOND_TIME,
    WALLET_REFUSES,
    Person,
    Scenario,
)
from zkproof_circuits.policy import compile_policy
from zkproof_circuits.types import date_of


@dataclass(frozen=True, slots=True)
class Attempt:
    """What happened to one person. Times in milliseconds; zero where nothing was sent."""

    person: Person
    outcome: str
    said: str
    report: Report | None = None
    octets: int = 0
    prove_ms: float = 0.0
    verify_ms: float = 0.0

    @property
    def as_expected(self) -> bool:
        """The outcome is the one of the story, and a refusal gives the story's reason."""
        return self.outcome == self.person.expect and self.person.because in self.said


@dataclass(frozen=True, slots=True)
class Play:
    """A scenario that was played: the question, and all attempts in order."""

    scenario: Scenario
    request: Request
    circuit: Circuit
    attempts: tuple[Attempt, ...]

    @property
    def as_expected(self) -> bool:
        """Everything went as the story says."""
        return all(each.as_expected for each in self.attempts)


@dataclass(slots=True)
class TagRegister:
    """A verifier's register of tags, such as a register of pledges: each is taken once.

    It holds 48 octets for each tag and scope, and nothing of whom or what they stand for.
    """

    seen: set[tuple[str, bytes]] = field(default_factory=set)

    def take(self, report: Report) -> bool:
        """Whether all tags of the report are new; they are not any more."""
        tags = {(each.scope, each.value) for each in report.pseudonyms if len(each.slots) == 2}
        new = not tags & self.seen
        self.seen |= tags
        return new


def play(
    scenario: Scenario,
    folder: Path,
    *,
    now: int,
    entries: int | None = None,
    progress: Progress = lambda *_: None,
) -> Play:
    """Build the world, issue, publish, ask, and let everybody try.

    ``entries`` overrides the length of published lists. Everything happens at noon of the day of
    ``now``: in the first hour of an epoch the epoch before it is good still, and a story should
    not end differently at night. Raises whatever goes wrong: a play has no excuse for an error.
    """
    performance, wallets = _build(scenario, folder, now, entries, progress)
    attempts = [
        performance.attempt(person, wallet)
        for person, wallet in zip(scenario.people, wallets, strict=True)
    ]
    asked = performance.ask()
    circuit = asked.circuit(performance.world.view().schemas)
    return Play(scenario, asked, circuit, tuple(attempts))


@dataclass(frozen=True, slots=True)
class Rehearsal:
    """The first person's part, to be done again and again."""

    circuit: Circuit
    octets: int
    prove: Callable[[], object]
    verify: Callable[[], object]


def rehearse(scenario: Scenario, folder: Path, *, now: int, entries: int) -> Rehearsal:
    """Build the world, and prepare what the first person of the scenario does."""
    performance, wallets = _build(scenario, folder, now, entries, lambda *_: None)
    return performance.rehearsal(wallets[0])


def _build(
    scenario: Scenario, folder: Path, now: int, entries: int | None, progress: Progress
) -> tuple[_Performance, list[Wallet]]:
    world = World(folder, now=now - now % EPOCH + EPOCH // 2, progress=progress)
    _cast(world, scenario)
    verifier = world.add_verifier(scenario.verifier)
    _share_scopes(world, scenario, verifier)
    wallets, revoked = _issue(world, scenario)
    world.publish_status(revoked)
    _publish_lists(world, scenario, entries)
    for issuer in scenario.issuers:
        if issuer.suspended:
            world.suspend(issuer.issuer_id)
    return _Performance(world, verifier, scenario), wallets


def _cast(world: World, scenario: Scenario) -> None:
    registries: dict[str, list[str]] = {}
    for issuer in scenario.issuers:
        world.add_issuer(issuer.issuer_id, issuer.name)
        for registry in issuer.registries:
            registries.setdefault(registry, []).append(issuer.issuer_id)
    for registry, issuers in registries.items():
        world.add_registry(registry, issuers)
    for auditor in scenario.auditors:
        world.add_auditor(auditor)


def _share_scopes(world: World, scenario: Scenario, verifier: Verifier) -> None:
    """Register the shared scopes of the policy, with the other members of each."""
    if not scenario.scopes:
        return
    circuit = compile_policy(
        library.policy_text(scenario.policy),
        library.all_schemas(),
        today=date_of(world.now // EPOCH),
        parameters=scenario.parameters,
    )
    asked = {atom.scope: atom for atom in circuit.formulas if isinstance(atom, PseudonymFor)}
    for each in scenario.scopes:
        slots = tuple(slot.attribute for slot in asked[each.scope_id].slots)
        others = {
            f"did:web:member-{k}.example": name for k, name in enumerate(each.others, start=1)
        }
        for verifier_id, name in others.items():
            world.add_verifier(name, verifier_id)
        world.add_scope(
            RegisteredScope(
                scope_id=each.scope_id,
                form=ScopeForm.PSEUDONYM if len(slots) == 1 else ScopeForm.TAG,
                unit=each.unit,
                slots=slots,
                since=0,
                purpose=each.purpose,
                members=frozenset({verifier.identity.verifier_id, *others}),
            )
        )


def _issue(world: World, scenario: Scenario) -> tuple[list[Wallet], list[Credential]]:
    """A wallet for everybody, and what is revoked. Who comes again has the secret of before."""
    wallets: list[Wallet] = []
    revoked: list[Credential] = []
    for person in scenario.people:
        wallet = Wallet.in_memory(
            Content(wallets[-1].content.link_secret) if person.again else None, clock=world.clock
        )
        stranger = Wallet.in_memory(clock=world.clock)
        for alias, sample in scenario.credentials.items():
            if alias in person.lacks:
                continue
            issuer_id = person.issuers.get(alias, sample.issuer_id)
            record = scenario.record(person, alias, world.now)
            owner = stranger if alias in person.borrowed else wallet
            world.issue(owner, alias, issuer_id, sample.schema, record)
        borrowed = {alias: stranger.credentials[alias] for alias in person.borrowed}
        revoked += [wallet.credentials[alias] for alias in sorted(person.revoked)]
        wallets.append(_with(wallet, borrowed, world))
    return wallets, revoked


def _with(wallet: Wallet, borrowed: Mapping[str, Credential], world: World) -> Wallet:
    """The same wallet with somebody else's credentials in it, which it would never take in."""
    content = replace(wallet.content, credentials={**wallet.credentials, **borrowed})
    return Wallet.in_memory(content, clock=world.clock)


def _publish_lists(world: World, scenario: Scenario, entries: int | None) -> None:
    """Lists with the values of people who are on them, and without those of everybody else."""
    slots = {where for person in scenario.people for where in person.listed}
    listed: set[int] = set()
    everybody: set[int] = set()
    for person in scenario.people:
        listed |= {int(value) for value in person.listed.values()}
        for where in slots:
            alias, _, attribute = where.partition(".")
            everybody.add(int(scenario.record(person, alias, world.now)[attribute]))
    for each in scenario.lists:
        count = each.entries if entries is None else entries
        made_up = exclusion_entries(count, sorted(listed), sorted(everybody - listed))
        world.publish_list(each.list_id, ListKind(each.kind), Spread.BLOCK, made_up)


@dataclass(slots=True)
class _Performance:
    """The verifier's side, with what it remembers, and an eavesdropper who keeps an answer."""

    world: World
    verifier: Verifier
    scenario: Scenario
    register: TagRegister = field(default_factory=TagRegister)
    overheard: bytes = b""

    def ask(self, changes: Mapping[str, str] | None = None) -> Request:
        """A fresh request for the scenario's policy."""
        parameters = {**self.scenario.parameters, **(changes or {})}
        return self.verifier.request(self.scenario.policy, parameters=parameters)

    def rehearsal(self, wallet: Wallet) -> Rehearsal:
        """The part of somebody who passes."""
        asked = self.ask()
        view, now = self.world.view(), self.world.now
        prove = self._honest(wallet, asked)
        answer = prove()
        if not isinstance(self.verifier.verify(asked, answer), Report):
            raise ConflictError(f"{self.scenario.name}: the first person does not pass")
        return Rehearsal(
            asked.circuit(view.schemas),
            len(answer),
            prove,
            lambda: verify(asked, answer, view, now=now),
        )

    def attempt(self, person: Person, wallet: Wallet) -> Attempt:
        """Ask, answer, verify, look into the register."""
        asked = self.ask()
        try:
            prove = self._prepared(person, wallet, asked)
            prove()  # tables of generators are built on first use
            start = time.perf_counter()
            answer = prove()
            prove_ms = 1e3 * (time.perf_counter() - start)
        except (WalletError, UsageError, NotFoundError, ConflictError, IssuanceError) as error:
            return Attempt(person, WALLET_REFUSES, error.message)
        verify(asked, answer, self.world.view(), now=self.world.now)  # for the same reason
        start = time.perf_counter()
        result = self.verifier.verify(asked, answer)
        verify_ms = 1e3 * (time.perf_counter() - start)
        outcome, said = PROVEN, ""
        if isinstance(result, Refusal):
            outcome, said = result.code.value, result.text
        elif not self.register.take(result):
            outcome, said = SECOND_TIME, "the tag is in the register already"
        else:
            self.overheard = self.overheard or answer
        report = result if isinstance(result, Report) and outcome == PROVEN else None
        return Attempt(person, outcome, said, report, len(answer), prove_ms, verify_ms)

    def _prepared(self, person: Person, wallet: Wallet, asked: Request) -> Callable[[], bytes]:
        """Everything up to the proof itself, which is what is measured."""
        match person.cheats:
            case None:
                return self._honest(wallet, asked)
            case "replays":
                return lambda: self.overheard
            case "relabels":
                easier = self._honest(wallet, self.ask(person.pretends))
                return lambda: relabelled(easier(), asked)
            case "skips-checks":
                return self._unchecked(wallet, asked)

    def _honest(self, wallet: Wallet, asked: Request) -> Callable[[], bytes]:
        """What a wallet does: fetch, review, prove."""
        self.world.refresh(wallet, asked)
        return wallet.review(asked, self.world.ledger).prove

    def _unchecked(self, wallet: Wallet, asked: Request) -> Callable[[], bytes]:
        """No review and no check, with list proofs from the day before too."""
        view = self.world.view()
        wanted = [
            *wanted_standing(wallet.credentials),
            *wanted_by(asked.circuit(view.schemas), wallet.credentials),
        ]
        source = folder_source(self.world.folder)
        found = refresh(wanted, view, lambda _: source, now=self.world.now - EPOCH)
        return lambda: present_unchecked(
            asked,
            asked.circuit(view.schemas),
            wallet.credentials,
            wallet.content.link_secret,
            view,
            list_proofs=found.proofs,
        )
