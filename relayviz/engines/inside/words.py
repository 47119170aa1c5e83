"""What happened at a step inside an operation, and why somebody cannot move, in sentences."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from relayviz import relay
from relayviz.model.channel.call import CREATE, REMOVE, created, removed, started
from relayviz.relay import CALLS, ActorState, Stepped, Why

if TYPE_CHECKING:
    from collections.abc import Sequence

    from relayviz.model.channel.call import Call
    from relayviz.model.history.step import Decision
    from relayviz.relay import ActorLook, ClientCall

LOSSES = ("full", "too big", "busy", "closed", "no buffer")
"""Why an attempt was lost, in the order of enum relay_outcome behind "stored"."""


def why_not(look: ActorLook, names: Sequence[str]) -> str:
    """Say why an actor cannot move; empty: it can."""
    other = names[look.other] if 0 <= look.other < len(names) else "somebody"
    return {
        Why.CAN: "",
        Why.DONE: "its queue is empty",
        Why.INTERRUPTED: f"{other} runs in an interrupt on its CPU",
        Why.IRQS_OFF: f"interrupts are off on its CPU: {other} is inside relay_write",
        Why.PREEMPT_OFF: f"{other} keeps preemption off on its CPU",
        Why.LOCK: f"it waits for what {other} holds",
        Why.ASLEEP: "it sleeps until somebody wakes it",
        Why.ASKING: "it waits for the answer of subbuf_start",
    }[Why(look.why)]


def where(look: ActorLook) -> str:
    """Say where an actor stands."""
    if look.state == ActorState.IDLE:
        return "idle"
    if look.stop < 0:
        return "inside"
    stop = relay.STOPS[look.stop]
    place = f" in {look.function} ({look.file}:{look.line})" if look.line else ""
    return f"at {stop.name}{place}"


def what_happened(ended: Stepped, look: ActorLook, what: str, is_attempt: bool) -> str:
    """Say what a step led to."""
    if ended is Stepped.ENDED:
        outcome = f"lost: {LOSSES[look.outcome - 1]}" if look.outcome else "stored"
        result = outcome if is_attempt else f"returned {look.result}"
        return f"{what} has ended: {result}"
    if look.state == ActorState.ASLEEP:
        return f"{what}: asleep"
    sentence = relay.STOPS[look.stop].sentence if look.stop >= 0 else ""
    return f"{where(look)}. {sentence}".rstrip()


def asking(call: ClientCall) -> str:
    """Say what subbuf_start is asked, while there is no answer yet."""
    return f"asks {_start(call).told()}"


def answered(decision: Decision) -> str:
    """Say what a subbuf_start in Python has done."""
    if decision.error is not None:
        return f"subbuf_start raised {decision.error.message}: it counts as refused"
    reserved = f", and reserved {decision.reserved} B" if decision.reserved else ""
    stored = sum(len(store.data) for store in decision.stores)
    stores = f", and stored {stored} B" if stored else ""
    return f"subbuf_start answered {int(decision.accepted)}{reserved}{stores}"


def callback(call: ClientCall, *, is_global: bool) -> Call:
    """Return which callback ran, with what and what it answered."""
    kind, name = CALLS[call.what], call.name or None
    if kind == CREATE:
        made = "global" if is_global else "made"
        return created(name, call.cpu, made if call.answer == 1 else f"failed ({call.answer})")
    if kind == REMOVE:
        return removed(name)
    return replace(_start(call), answer=f"{call.answer}")


def _start(call: ClientCall) -> Call:
    prev = None if call.prev < 0 else call.prev
    return started(call.subbuf, prev, call.padding, call.cpu, full=bool(call.full))
