"""The reference of twilio_hooks.py: a Flask that reads the form and answers, and does nothing else."""

from __future__ import annotations

from flask import Flask, Response, request

app = Flask(__name__)
DOCUMENT = '<?xml version="1.0" encoding="UTF-8"?><Response><Say>Hello.</Say></Response>'


@app.get("/healthz")
def alive() -> str:
    """It answers."""
    return "ok"


@app.post("/inbound")
def inbound() -> Response:
    """A document, whatever came."""
    return Response(DOCUMENT if request.form.get("CallSid") else "", mimetype="text/xml")


@app.post("/status")
def status() -> Response:
    """Nothing, whatever came."""
    return Response(status=204 if request.form.get("MessageSid") else 400)
