"""An API written in Python takes our access tokens: PyJWT, keys from the published set."""

import re
import sys
import time

import jwt
import pyotp
import requests
from openapi_spec_validator import validate

url = sys.argv[1]
person = {"email": "python@example.com", "password": "a fine long passphrase", "name": "Py"}
registered = requests.post(f"{url}/api/auth/register", json=person, timeout=10)
assert registered.status_code == 201, registered.text
login = registered.json()

# What the service behind the API does with each request.
keys = jwt.PyJWKClient(f"{url}/.well-known/jwks.json")
token = login["access_token"]
key = keys.get_signing_key_from_jwt(token)
claims = jwt.decode(
    token,
    key.key,
    algorithms=["ES256"],
    audience=url,
    issuer=url,
    options={"require": ["exp", "iat", "sub", "jti", "aud", "iss"]},
)
assert jwt.get_unverified_header(token)["typ"] == "at+jwt"
assert claims["sub"] == login["user"]["id"] and claims["sid"] == login["session_id"]
assert claims["client_id"] == "guardhouse" and claims["amr"] == ["pwd"], claims

# A browser-like client: cookie session, CSRF token, logout.
browser = requests.Session()
entered = browser.post(f"{url}/api/auth/login", json={**{k: person[k] for k in ("email", "password")}, "delivery": "cookie"}, timeout=10)
assert entered.status_code == 200 and browser.get(f"{url}/api/me", timeout=10).json()["name"] == "Py"
assert browser.post(f"{url}/api/auth/logout", json={}, timeout=10).status_code == 403
csrf = browser.get(f"{url}/api/auth/csrf", timeout=10).json()["csrf_token"]
assert browser.post(f"{url}/api/auth/logout", json={}, headers={"X-CSRF-Token": csrf}, timeout=10).status_code == 204
assert browser.get(f"{url}/api/me", timeout=10).status_code == 401

# A forgotten password, with the link from the letter.
assert requests.post(f"{url}/api/auth/password/forgot", json={"email": person["email"]}, timeout=10).status_code == 202
for _ in range(100):
    letters = requests.get(f"{url}/dev/mailbox", headers={"Accept": "application/json"}, timeout=10).json()["data"]
    found = [letter for letter in letters if letter["to"] == person["email"] and "/reset?token=" in letter["text"]]
    if found:
        break
    time.sleep(0.1)
link = re.search(r"token=(\S+)", found[0]["text"]).group(1)
reset = requests.post(f"{url}/api/auth/password/reset", json={"token": link, "password": "another long passphrase"}, timeout=10)
assert reset.status_code == 204, reset.text
again = requests.post(f"{url}/api/auth/password/reset", json={"token": link, "password": "another long passphrase"}, timeout=10)
assert again.json()["error"]["code"] == "INVALID_LINK", again.text

# A second factor by somebody else's application (M-09): enrol it, sign in with its code, once, and with a recovery code.
password = "another long passphrase"


def sign_in():
    answer = requests.post(f"{url}/api/auth/login", json={"email": person["email"], "password": password}, timeout=10)
    assert answer.status_code == 401 and answer.json()["error"]["code"] == "MFA_REQUIRED", answer.text
    return answer.json()["error"]["mfa_token"]


def verify(method, code):
    body = {"mfa_token": sign_in(), "method": method, "code": code}
    return requests.post(f"{url}/api/auth/mfa/verify", json=body, timeout=10)


entered = requests.post(f"{url}/api/auth/login", json={"email": person["email"], "password": password}, timeout=10).json()
bearer = {"Authorization": f"Bearer {entered['access_token']}"}
begun = requests.post(f"{url}/api/me/mfa/totp", json={}, headers=bearer, timeout=10).json()
application = pyotp.parse_uri(begun["otpauth_uri"])
assert application.secret == begun["secret"] and application.name == person["email"], begun
now = int(time.time())
confirmed = requests.post(f"{url}/api/me/mfa/totp/confirm", json={"code": application.at(now)}, headers=bearer, timeout=10)
assert confirmed.status_code == 200, confirmed.text
codes = confirmed.json()["recovery_codes"]
assert len(codes) == 10
# The code of the step that enrolled it is spent; that of the next one counts, since clocks differ.
assert verify("totp", application.at(now)).json()["error"]["code"] == "INVALID_MFA_CODE"
second = verify("totp", application.at(now + 30))
assert second.status_code == 200, second.text
assert verify("totp", application.at(now + 30)).json()["error"]["code"] == "INVALID_MFA_CODE"
claims = jwt.decode(second.json()["access_token"], options={"verify_signature": False})
assert claims["acr"] == "aal2" and "mfa" in claims["amr"], claims
assert verify("recovery_code", codes[0].lower()).status_code == 200
assert verify("recovery_code", codes[0]).json()["error"]["code"] == "INVALID_MFA_CODE"
# The API's description is OpenAPI by somebody else's reading, too.
validate(requests.get(f"{url}/openapi.json", timeout=10).json())
print("ok")
