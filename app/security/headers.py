"""Security headers of every answer."""

from __future__ import annotations

from urllib.parse import urlsplit

from flask import Flask, Response, g, request

from config import Settings

#: What the carrier's kit in an agent's browser connects to and plays, as its package says; no script is taken there.
CARRIER_CONNECT = (
    "https://eventgw.twilio.com wss://voice-js.roaming.twilio.com https://media.twiliocdn.com https://sdk.twilio.com"
)
CARRIER_MEDIA = "mediastream: https://media.twiliocdn.com https://sdk.twilio.com"


def content_security_policy(host: str, *, secure: bool, carrier: bool = False, carrier_at: str = "") -> str:
    """The policy: only own files, nothing inline, the socket on this host, never inside a frame.

    `carrier`: the page is a desk whose calls come by Twilio; `carrier_at`: by what plays it on this machine.
    """
    connect = (f" {carrier_at}" if carrier_at else f" {CARRIER_CONNECT}") if carrier else ""
    # Safari 15 and older read 'self' as http(s) only, so the socket's address is written out.
    socket = ("wss://" if secure else "ws://") + host
    return "; ".join(
        (
            "default-src 'none'",
            "script-src 'self'" + (f" {carrier_at}" if carrier and carrier_at else ""),
            "style-src 'self'",
            "img-src 'self' data:",
            f"connect-src 'self' {socket}{connect}",
            "media-src 'self' blob:" + (f" {CARRIER_MEDIA}" if carrier else ""),
            "font-src 'self'",
            "manifest-src 'self'",
            "base-uri 'none'",
            "form-action 'self'",
            "frame-ancestors 'none'",
        )
    )


def init_headers(app: Flask) -> None:
    """Put the security headers on every answer, and keep pages of signed-in people out of all caches."""
    settings: Settings = app.config["SETTINGS"]
    public_host = urlsplit(settings.public_url).netloc

    @app.after_request
    def add(response: Response) -> Response:
        headers = response.headers
        headers["Content-Security-Policy"] = content_security_policy(
            public_host or request.host,
            secure=request.is_secure or settings.production,
            carrier=settings.voice_provider == "twilio" and request.endpoint == "desk.show",
            carrier_at=settings.twilio_api_base,  # always empty in production (config.py)
        )
        headers["Permissions-Policy"] = "microphone=(self), camera=(), geolocation=(), payment=(), usb=()"
        headers["Referrer-Policy"] = "same-origin"
        headers["X-Content-Type-Options"] = "nosniff"
        headers["Cross-Origin-Opener-Policy"] = "same-origin"
        headers["Cross-Origin-Resource-Policy"] = "same-origin"
        if settings.production:
            headers["Strict-Transport-Security"] = "max-age=31536000; includeSubDomains"
        if getattr(g, "user", None) is not None and "Cache-Control" not in headers:
            headers["Cache-Control"] = "no-store"
        return response
