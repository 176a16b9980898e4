"""A patient client of Google Sheets: it waits where it is told to, and gives up after a while."""

import json
import os
import random
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import gspread
import requests
from google.oauth2 import credentials as user_credentials
from google.oauth2 import service_account
from gspread.exceptions import APIError
from gspread.http_client import HTTPClient
from gspread.urls import SPREADSHEETS_API_V4_BASE_URL

from cli.errors import CliError, Exit

CREDENTIALS = "GOOGLE_SHEETS_CREDENTIALS"
ENDPOINT = "GOOGLE_SHEETS_ENDPOINT"
SCOPES = ("https://www.googleapis.com/auth/spreadsheets",)
ANSWER_SECONDS = 60
AGAIN = (429, 500, 502, 503, 504)


@dataclass(frozen=True, slots=True)
class Patience:
    """How long one request is repeated. Google's quotas are per minute, so a minute must fit in."""

    attempts: int = 10
    first_seconds: float = 0.5
    longest_seconds: float = 60

    def wait(self, attempt: int, asked: float | None) -> float:
        if asked is not None:
            return min(asked, self.longest_seconds)
        backoff = min(self.first_seconds * 2.0**attempt, self.longest_seconds)
        return backoff * random.uniform(0.5, 1)  # noqa: S311 - so that two exporters do not meet again


class PatientClient(HTTPClient):
    """Every request that the exporter makes may be repeated: it writes given values to a given range."""

    def request(self, method: str, endpoint: str, *args: Any, **options: Any) -> Any:
        base = os.environ.get(ENDPOINT, SPREADSHEETS_API_V4_BASE_URL)
        address = endpoint.replace(SPREADSHEETS_API_V4_BASE_URL, base.rstrip("/"), 1)
        patience = Patience()
        for attempt in range(patience.attempts):
            try:
                return super().request(method, address, *args, **options)
            except APIError as error:
                if error.response.status_code not in AGAIN:
                    raise
                words, asked = str(error), _retry_after(error.response.headers)
            except (requests.ConnectionError, requests.Timeout) as error:
                words, asked = type(error).__name__, None
            time.sleep(patience.wait(attempt, asked))
        raise CliError(
            f"Google Sheets does not take it: {words}; `assort export` goes on from here", Exit.NO_SERVER
        )


def open_spreadsheet(spreadsheet_id: str) -> Any:
    client = gspread.Client(_credentials(), http_client=PatientClient)
    client.set_timeout(ANSWER_SECONDS)
    try:
        return client.open_by_key(spreadsheet_id)
    except gspread.exceptions.SpreadsheetNotFound as error:
        raise CliError(f"there is no spreadsheet {spreadsheet_id}: its id stands in its address") from error
    except (APIError, PermissionError) as error:
        raise CliError(
            f"Google refuses the spreadsheet {spreadsheet_id} ({error}):"
            f" share it with the account of {CREDENTIALS}"
        ) from error


def _credentials() -> Any:
    named = os.environ.get(CREDENTIALS)
    if not named:
        raise CliError(
            f"{CREDENTIALS} is not set: name the JSON file of a service account, or a file with a token"
        )
    try:
        text = Path(named).read_text("utf-8").strip()
    except OSError as error:
        raise CliError(f"cannot read {named}: {error.strerror}") from error
    return (
        _of_document(named, json.loads(text)) if text.startswith("{") else user_credentials.Credentials(text)  # type: ignore[no-untyped-call]
    )


def _of_document(named: str, document: Mapping[str, Any]) -> Any:
    try:
        if document.get("type") == "service_account":
            return service_account.Credentials.from_service_account_info(  # type: ignore[no-untyped-call]
                document, scopes=SCOPES
            )
        return user_credentials.Credentials.from_authorized_user_info(  # type: ignore[no-untyped-call]
            document, SCOPES
        )
    except ValueError as error:
        raise CliError(f"{named} is no credentials file of Google: {error}") from error


def _retry_after(headers: Mapping[str, str]) -> float | None:
    try:
        return max(0.0, float(headers["Retry-After"]))
    except (KeyError, ValueError):  # absent, or a date
        return None
