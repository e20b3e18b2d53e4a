"""The JSON of the study's policy for trials that were lost or failed: one attribute, written as a whole."""

from __future__ import annotations

from collections.abc import Mapping

from hpt_tui.domain.care import MOST_RETRIES, Care, OnOom
from hpt_tui.store import keys


def encode_care(care: Care) -> keys.Document:
    return {"retries": care.retries, "failed": care.failed, "on_oom": care.on_oom.value, "declared": care.declared}


def decode_care(attributes: keys.Attributes) -> Care:
    """The policy; that nothing is done, where nobody has said or what stands there makes no sense."""
    value = attributes.get(keys.CARE)
    if not isinstance(value, dict):
        return Care()
    try:
        on_oom = OnOom(str(value.get("on_oom")))
    except ValueError:
        on_oom = OnOom.FAIL
    return Care(_retries(value, "retries") or 0, value.get("failed") is True, on_oom, _retries(value, "declared"))


def _retries(value: Mapping[str, object], name: str) -> int | None:
    found = value.get(name)
    if isinstance(found, int) and not isinstance(found, bool) and 0 <= found <= MOST_RETRIES:
        return found
    return None
