"""Two processes that exchange messages over a network that loses, repeats and delays.

Each side has at most one attempt under way: a request that travels, or the answer to it. Requests and answers
may be lost; a lost attempt is repeated as long as the message is pending. Copies of requests that were
delivered once may arrive again at any later time. What is not modelled: a request that arrives for the first
time after a later one of the same sender; senders wait for one attempt before they begin the next.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from types import ModuleType
from typing import Any

from tests.dsp.samples import NOW

from xinfu import dsp
from xinfu.errors import ConflictError


@dataclass
class Attempt:
    """A request on its way, then the answer to it: True is 2xx, False is 400."""

    message: Any
    answer: bool | None = None


@dataclass
class Side:
    """One participant: its record, the message in its outbox, and its attempt under way."""

    record: Any
    outbox: Any = None
    attempt: Attempt | None = None
    looks: bool = False


@dataclass
class World:
    """Both sides, what has been delivered, and the protocol family that they speak.

    Two things can let the states diverge for a while: a termination that takes the place of another message,
    and a message that is dropped while a copy of it still travels. `excused` says that one of them happened.
    """

    family: ModuleType
    make: Callable[..., Any]
    sides: dict[dsp.Role, Side]
    delivered: list[tuple[dsp.Role, Any]] = field(default_factory=list)
    sent: int = 0
    excused: bool = False
    trace: list[str] = field(default_factory=list)

    def update(self, role: dsp.Role, record: Any) -> None:
        """Store a record; a terminal state is never left."""
        before = self.sides[role].record
        assert not before.is_over or record.state is before.state, self.trace
        self.sides[role].record = record
        if record.sending is None:
            side = self.sides[role]
            travels = side.attempt is not None and side.attempt.answer is None
            self.excused = self.excused or (side.outbox is not None and travels)
            side.outbox = None

    def act(self, role: dsp.Role, kind: Any) -> None:
        """`role` wants to send `kind`; where it cannot, nothing happens."""
        side = self.sides[role]
        message = self.make(kind, side.record, f"urn:message:{self.sent}")
        try:
            record = self.family.MACHINE.send(side.record, message, NOW)
        except ConflictError:
            return
        self.trace.append(f"{role} sends {kind} from {side.record.state}")
        self.sent += 1
        self.excused = self.excused or kind == "TERMINATE"
        self.update(role, record)
        side.outbox = message

    def post(self, role: dsp.Role) -> None:
        """The outbox begins an attempt, unless one is under way."""
        side = self.sides[role]
        if side.outbox is not None and side.attempt is None:
            side.attempt = Attempt(message=side.outbox)

    def arrive(self, role: dsp.Role) -> None:
        """The request of `role` reaches the other side."""
        attempt = self.sides[role].attempt
        if attempt is not None and attempt.answer is None:
            attempt.answer = self.deliver(role, attempt.message)

    def deliver(self, role: dsp.Role, message: Any) -> bool:
        """The other side handles `message`; True when it answers 2xx."""
        record = self.sides[role.other].record
        outcome = self.family.MACHINE.receive(record, message, role, dsp.digest(dsp.write(message)), NOW)
        self.trace.append(f"{type(message).__name__} of {role} at {record.state}: {type(outcome).__name__}")
        if isinstance(outcome, dsp.Refusal):
            return False
        if isinstance(outcome, dsp.Transition):
            self.update(role.other, outcome.record)
            self.delivered.append((role, message))
        return True

    def answered(self, role: dsp.Role) -> None:
        """The answer to the attempt of `role` comes back."""
        side = self.sides[role]
        if side.attempt is None or side.attempt.answer is None:
            return
        message, accepted, side.attempt = side.attempt.message, side.attempt.answer, None
        if message is not side.outbox:
            side.looks = True
        elif accepted:
            self.update(role, self.family.MACHINE.acknowledged(side.record, side.record.sending, NOW))
        else:
            self.look(role)

    def look(self, role: dsp.Role) -> None:
        """`role` reads the other side's state and draws its conclusion (D-12)."""
        side = self.sides[role]
        state = self.family.acknowledgement(self.sides[role.other].record).state
        found = self.family.MACHINE.reconcile(side.record, state, NOW)
        self.trace.append(f"{role} looks: {side.record.state} against {state}: {found.standing}")
        self.update(role, found.record)
        side.looks = found.standing is dsp.PeerFinding.DIVERGED
        assert self.excused or not side.looks, self.trace

    def lose(self, role: dsp.Role) -> None:
        """Request or answer of the attempt is lost."""
        self.sides[role].attempt = None

    def repeat(self, number: int) -> None:
        """A copy of a request that was delivered once arrives again."""
        if self.delivered:
            before = [side.record for side in self.sides.values()]
            self.deliver(*self.delivered[number % len(self.delivered)])
            assert [side.record for side in self.sides.values()] == before, self.trace

    def settle(self) -> None:
        """The network works from now on: everything pending is delivered, everything diverged terminated."""
        for _ in range(12):
            for role in dsp.Role:
                self.post(role)
                self.arrive(role)
                self.answered(role)
            if not any(side.outbox or side.attempt for side in self.sides.values()):
                break
        for role in dsp.Role:
            self.look(role)
            side = self.sides[role]
            if side.looks and not side.record.is_over:
                self.act(role, self.family.Kind.TERMINATE)
                self.post(role)
                self.arrive(role)
                self.answered(role)

    def check(self) -> None:
        """Both sides are in one state, and nothing is pending."""
        consumer, provider = self.sides[dsp.Role.CONSUMER], self.sides[dsp.Role.PROVIDER]
        assert consumer.record.state is provider.record.state, self.trace
        assert consumer.record.sending is provider.record.sending is None, self.trace
