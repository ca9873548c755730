"""A client of the service for those who look after it: versions of the model, experiments, and rules.

    from stylo.service.admin_client import AdminClient

    with AdminClient("https://stylo.example", token) as stylo:
        before = stylo.activate("2020-09-23-3f2a9c1b", reason="better in the backtest")["previous"]

With client.py and client_types.py beside it, it needs nothing but Python; the key needs the scope `admin`.
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from stylo.service.client import Client
from stylo.service.client_types import Deployed, Experiments, ExperimentStep, Models, Rules, RulesSet

_MODELS, _EXPERIMENTS, _RULES = "/v1/admin/models", "/v1/admin/experiments", "/v1/admin/rules"


class AdminClient(Client):
    """As `Client`. What changes something is done once, however often it had to be sent.

    reason : is recorded.
    idempotency_key : one's own name of a request, to send it again after a crash.
    """

    def models(self) -> Models:
        """Versions that are there, and which were live."""
        return self._get(_MODELS, {})

    def publish(self, *, reason: str = "", idempotency_key: str | None = None) -> Deployed:
        """Makes what `final.py` left in the data folder the live version."""
        return self._do(f"{_MODELS}/publish", {"reason": reason}, idempotency_key)

    def activate(self, version: str, *, reason: str = "", idempotency_key: str | None = None) -> Deployed:
        """Makes a version the live one."""
        return self._do(f"{_MODELS}/activate", {"version": version, "reason": reason}, idempotency_key)

    def rollback(self, *, reason: str = "", idempotency_key: str | None = None) -> Deployed:
        """Goes back to the version that was live before."""
        return self._do(f"{_MODELS}/rollback", {"reason": reason}, idempotency_key)

    def hold(self, *, reason: str = "", idempotency_key: str | None = None) -> Deployed:
        """Keeps the live version: no retraining replaces it."""
        return self._do(f"{_MODELS}/hold", {"reason": reason}, idempotency_key)

    def unhold(self, *, reason: str = "", idempotency_key: str | None = None) -> Deployed:
        """Lets retraining replace the live version again."""
        return self._do(f"{_MODELS}/unhold", {"reason": reason}, idempotency_key)

    def rules(self) -> Rules:
        """The merchandising rules that are live, and which were."""
        return self._get(_RULES, {})

    def set_rules(self, text: str, *, reason: str = "", idempotency_key: str | None = None) -> RulesSet:
        """Makes a file of rules the live one."""
        return self._do(f"{_RULES}/set", {"text": text, "reason": reason}, idempotency_key)

    def roll_back_rules(
        self, version: str | None = None, *, reason: str = "", idempotency_key: str | None = None
    ) -> RulesSet:
        """Makes the rules live again that were before, or those of a version."""
        return self._do(f"{_RULES}/rollback", {"version": version, "reason": reason}, idempotency_key)

    def experiments(self) -> Experiments:
        """All of them, the oldest first."""
        return self._get(_EXPERIMENTS, {})

    def define(
        self, definition: Mapping[str, Any], *, reason: str = "", idempotency_key: str | None = None
    ) -> ExperimentStep:
        """Keeps the definition of an experiment."""
        asked = {"definition": dict(definition), "reason": reason}
        return self._do(f"{_EXPERIMENTS}/define", asked, idempotency_key)

    def start(self, name: str, *, reason: str = "", idempotency_key: str | None = None) -> ExperimentStep:
        """Exposes customers to an experiment."""
        return self._do(f"{_EXPERIMENTS}/{quote(name, safe='')}/start", {"reason": reason}, idempotency_key)

    def stop(self, name: str, *, reason: str = "", idempotency_key: str | None = None) -> ExperimentStep:
        """Exposes nobody any more."""
        return self._do(f"{_EXPERIMENTS}/{quote(name, safe='')}/stop", {"reason": reason}, idempotency_key)

    def _do(self, path: str, asked: Mapping[str, Any], idempotency_key: str | None) -> Any:
        name = idempotency_key or uuid.uuid4().hex
        return self._post(path, json.dumps(asked).encode(), "application/json", {"idempotency-key": name})
