"""How often an address may knock: counted per process, or in the store that RATELIMIT_STORAGE_URI names."""

from __future__ import annotations

from flask_limiter import Limiter
from flask_limiter.util import get_remote_address

#: Decorate public views: `@limiter.limit("30 per minute")`. Behind a proxy the address is the client's only
#: when TRUSTED_PROXIES says how many proxies to believe.
limiter = Limiter(key_func=get_remote_address, headers_enabled=False)
