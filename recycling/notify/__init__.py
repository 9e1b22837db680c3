"""Telling residents: the outbox, its texts, its channels, and what providers report."""

from recycling.notify.channels import Answer, Channel, Outcome, at_once, channels_of
from recycling.notify.consents import consent_once
from recycling.notify.outbox import INSERT, consent, first_of, outdate, post, tell, waiting_count
from recycling.notify.receipts import receipt
from recycling.notify.sending import send_due
from recycling.notify.texts import Texts, load_texts, sms_parts
from recycling.notify.unreached import Unreached, retry, settle, unreached

__all__ = [
    "INSERT",
    "Answer",
    "Channel",
    "Outcome",
    "Texts",
    "Unreached",
    "at_once",
    "channels_of",
    "consent",
    "consent_once",
    "first_of",
    "load_texts",
    "outdate",
    "post",
    "receipt",
    "retry",
    "send_due",
    "settle",
    "sms_parts",
    "tell",
    "unreached",
    "waiting_count",
]
