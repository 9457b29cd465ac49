"""What the contract alone does not tell: which things there are, in which version, and a count of all that was answered.

Read by schemathesis (`SCHEMATHESIS_HOOKS`). `PASSAGE_CONTRACT_THINGS` is a file with a list of objects, each of which has an
id for every name that a path has in braces; `PASSAGE_CONTRACT_TALLY` is where the count goes, `PASSAGE_CONTRACT_SERVER` the
origin of the server, `PASSAGE_CONTRACT_TOKEN` what is asked with, `PASSAGE_CONTRACT_SEED` what chance begins with.
"""

import atexit
import collections
import json
import os
import random

import requests
import schemathesis

CHANCE = random.Random(os.environ["PASSAGE_CONTRACT_SEED"])
SERVER = os.environ["PASSAGE_CONTRACT_SERVER"]
ENDING = {
    "change_case_state",
    "deactivate_machine_account",
    "deactivate_user",
    "decline_membership",
    "dispose_evidence",
    "leave_case",
    "remove_member",
}
TALLY = collections.defaultdict(collections.Counter)

with open(os.environ["PASSAGE_CONTRACT_THINGS"], encoding="utf-8") as file:
    THINGS = json.load(file)

READER = requests.Session()
READER.trust_env = False
if token := os.environ.get("PASSAGE_CONTRACT_TOKEN"):
    READER.headers["Authorization"] = f"Bearer {token}"


def name(case):
    """The operation, or what else was asked for at its path: a method that it does not have."""
    operation = case.operation
    if case.method.upper() != operation.method.upper():
        return "another method"
    return operation.definition.raw["operationId"]


@schemathesis.hook
def before_call(context, case, kwargs):
    """Three of four requests are about things that are there, in the version in which they are there."""
    if CHANCE.randrange(4) == 0:
        return
    things = THINGS[0] if ends(case) else CHANCE.choice(THINGS)
    put_into_path(case, things)
    put_into_body(case.body, things)
    if any(parameter.name == "If-Match" for parameter in case.operation.headers):
        if etag := etag_at_or_above(case.formatted_path):
            case.headers["If-Match"] = etag


def ends(case):
    """Whether a thing may be gone afterwards. That happens to the first ones only, so that others remain."""
    return case.method.upper() == "DELETE" or name(case) in ENDING


def put_into_path(case, things):
    for key in list(case.path_parameters or {}):
        if key == "agency_id" and "{provider_id}" in case.path:
            case.path_parameters[key] = things["lead_id"]
        elif key in things:
            case.path_parameters[key] = things[key]


def put_into_body(body, things):
    """`to_agency_id` is an agency as `agency_id` is; so are members of lists whose fields are called so."""
    if isinstance(body, list):
        for item in body:
            put_into_body(item, things)
    elif isinstance(body, dict):
        for key, value in body.items():
            known = next((it for it in things if key == it or key.endswith(f"_{it}")), None)
            if known and isinstance(value, str):
                body[key] = things[known]
            else:
                put_into_body(value, things)


def etag_at_or_above(path):
    """What changes a thing by a path below its own names the version of the thing."""
    while path.count("/") > 3:
        answer = READER.get(SERVER + path, timeout=20)
        if "ETag" in answer.headers:
            return answer.headers["ETag"]
        path = path.rpartition("/")[0]
    return None


@schemathesis.hook
def filter_failure(context, failure, case, response):
    """That an identity provider does not answer is told as 503, and the providers here are nowhere."""
    return not (response.status_code == 503 and b'"provider-unavailable"' in response.content)


@schemathesis.hook
def after_call(context, case, response):
    TALLY[name(case)][response.status_code] += 1


@schemathesis.hook
def after_network_error(context, case, request):
    TALLY[name(case)]["no answer"] += 1


@atexit.register
def tell():
    with open(os.environ["PASSAGE_CONTRACT_TALLY"], "w", encoding="utf-8") as file:
        json.dump(TALLY, file)
