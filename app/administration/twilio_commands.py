"""`flask twilio …`: whether the account at Twilio fits this desk, in plain words, and setting its addresses."""

from __future__ import annotations

import click
from flask import current_app
from flask.cli import AppGroup

from app.providers.twilio import account
from app.providers.twilio.account import Change, Finding
from app.providers.twilio.client import TwilioRefused, TwilioUnsure
from config import Settings

twilio_commands = AppGroup("twilio", help="The account at Twilio: look at it, set its addresses.")

SIGNS = {"ok": "ok   ", "wrong": "WRONG", "note": "note "}
SENTENCES = {
    "address": "Twilio reaches this desk under {url}.",
    "address_local": "PUBLIC_URL is {url}, which only this machine reaches. Give the desk a public https address.",
    "address_plain": "PUBLIC_URL is {url}. Use https: over http others can read what callers type and write.",
    "credentials_wrong": "Twilio does not let us in: {reason} Copy TWILIO_ACCOUNT_SID and TWILIO_AUTH_TOKEN from the"
    " console again.",
    "account": "The account is {state}.",
    "trial": "This is a trial account: it only calls and writes to numbers that you verified, and says so to callers.",
    "number": "The number {number} belongs to the account.",
    "number_missing": "The number {number} is not in this account. Buy or port it, or correct TWILIO_NUMBER.",
    "number_no_voice": "The number {number} cannot take calls. Choose one with voice.",
    "number_no_sms": "The number {number} cannot send SMS. Choose one with SMS, or use a Messaging Service.",
    "number_addresses": "The number calls this desk for all that it should.",
    "number_address_off": "The number's {field} is {is}; it must be {wanted}. `flask twilio setup` sets it.",
    "no_service": "SMS leave from the number itself: there is no Messaging Service, and none is needed.",
    "service": "The Messaging Service “{name}” is there.",
    "service_missing": "There is no Messaging Service {sid}: {reason} Correct TWILIO_MESSAGING_SERVICE_SID.",
    "service_empty": "The Messaging Service {sid} has no number to send from. Add one to its sender pool.",
    "service_without_number": "{number} is not in the Messaging Service's sender pool: SMS come from another number.",
    "service_by_number": "The Messaging Service hands SMS to the addresses of its numbers, so those count.",
    "service_addresses": "The Messaging Service brings SMS to this desk.",
    "service_address_off": "The Messaging Service's {field} is {is}; it must be {wanted}. See `flask twilio setup`.",
    "key": "The API key {sid} and its secret work.",
    "key_missing": "There is no API key {sid}: {reason} Make a Standard key and set TWILIO_API_KEY_SID and its secret.",
    "key_secret_wrong": "The secret of API key {sid} is wrong. It is shown only once: make a new key.",
    "app": "The TwiML app {sid} is there.",
    "app_missing": "There is no TwiML app {sid}: {reason} Make one and set TWILIO_TWIML_APP_SID.",
    "turn": "A TURN server is set: calls between browsers get through strict networks.",
    "no_turn": "No TURN server is set (TURN_URLS and TURN_SECRET): calls between browsers fail behind strict networks."
    " Telephones do not need it.",
}


@twilio_commands.command("check")
def check() -> None:
    """Say what is missing or wrong; the exit status is 1 when anything is."""
    settings = _settings()
    try:
        findings = account.look(settings)
    except (TwilioUnsure, TwilioRefused) as error:
        raise click.ClickException(f"Twilio could not be asked ({error}). Try again in a minute.") from error
    for finding in findings:
        click.echo(f"{SIGNS[finding.grade]} {sentence(finding)}")
    wrong = sum(finding.grade == "wrong" for finding in findings)
    if wrong:
        raise click.ClickException(f"{wrong} to mend.")
    click.echo("All is well. Ring the number to hear it.")


@twilio_commands.command("setup")
@click.option("--yes", is_flag=True, help="Do not ask.")
def setup(yes: bool) -> None:
    """Set the addresses of the number (and of the Messaging Service), after showing what will change."""
    settings = _settings()
    try:
        wanted = account.changes(settings)
    except (TwilioUnsure, TwilioRefused) as error:
        raise click.ClickException(f"Twilio could not be asked ({error}). `flask twilio check` says more.") from error
    if not wanted:
        click.echo("Nothing to change: the addresses are as they should be.")
        return
    for change in wanted:
        click.echo(_told(change))
    if not yes and not click.confirm("Set these addresses? Calls and SMS go to this desk from then on"):
        raise click.Abort
    for change in wanted:
        try:
            account.apply(settings, change)
        except (TwilioUnsure, TwilioRefused) as error:
            raise click.ClickException(f"{change.name}: not set ({error}). Run it again.") from error
        click.echo(f"{change.name}: set.")


def sentence(finding: Finding) -> str:
    """The finding in words."""
    return SENTENCES[finding.code].format(**finding.values)


def _told(change: Change) -> str:
    kinds = {"number": "The number", "service": "The Messaging Service"}
    lines = [f"{kinds[change.kind]} {change.name}:"]
    lines += [f"  {field}: {old or '–'}\n    -> {new}" for field, (old, new) in change.fields.items()]
    return "\n".join(lines)


def _settings() -> Settings:
    settings: Settings = current_app.config["SETTINGS"]
    if not settings.uses_twilio:
        for finding in account.look_at_turn(settings):
            click.echo(f"{SIGNS[finding.grade]} {sentence(finding)}")
        raise click.ClickException(
            "This desk does not use Twilio. Set VOICE_PROVIDER=twilio or SMS_PROVIDER=twilio (docs/going-live.md)."
        )
    return settings
