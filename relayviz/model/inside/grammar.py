"""What conditions along the steps inside operations consist of, and which breakpoints there are."""

from __future__ import annotations

from relayviz.model.condition.breakpoint import On
from relayviz.model.condition.columns import CONSTANTS
from relayviz.model.condition.evaluator import FUNCTIONS
from relayviz.model.condition.language import Grammar
from relayviz.model.condition.meanings import MEANINGS
from relayviz.model.inside.condition import DERIVED, FIELDS, JUDGED

KINDS = (On.SWITCH, On.FULL, On.REFUSED, On.TOO_BIG, On.OVERWRITTEN, On.WHEN)
"""What Run can stop at."""

OF_STEPS = {
    "actor": "name of the actor that made the step, such as 'irq'",
    "stop": "name of the stop that it came to, such as 'WRITE_COPIED'; '' where it came to none",
    "step": MEANINGS["step"],
    "cpu": "CPU of the operation that the actor is in",
}
"""Figures of the step itself, with what they mean."""

ALONG = Grammar(
    (*JUDGED, *FIELDS, *DERIVED, *CONSTANTS, *OF_STEPS),
    tuple(FUNCTIONS),
    (*FIELDS, *DERIVED),
    has_texts=True,
)
"""Conditions along the steps: unlike the explorer's they can ask of the step, and of changes."""

ALONG_MEANINGS = {
    **JUDGED,
    **{name: words for name, words in MEANINGS.items() if name in {*ALONG.names, *FUNCTIONS}},
    **OF_STEPS,
}
