"""What is asked for after the password."""

import re

from parley.auth.v1.session_service_pb2 import CompleteSessionRequest, SignInChallenge
from parley_client.errors import NotSignedIn

TOTP_CODE = re.compile(r"[0-9]{6}", re.ASCII)


class SecondFactorNeeded(NotSignedIn):
    """
    The password is right, and not enough: go on with `complete_sign_in`.

    `totp` and `recovery_code` say which codes are good; neither, if a passkey alone is.
    """

    def __init__(self, challenge: SignInChallenge) -> None:
        super().__init__("A second factor is needed besides the password.")
        self.totp = SignInChallenge.FACTOR_TOTP in challenge.factors
        self.recovery_code = SignInChallenge.FACTOR_RECOVERY_CODE in challenge.factors
        self._token = challenge.token

    def answered(self, code: str) -> CompleteSessionRequest:
        """Return the answer: six digits are of an app, else it is a recovery code."""
        digits = "".join(code.split())
        if TOTP_CODE.fullmatch(digits):
            return CompleteSessionRequest(challenge_token=self._token, totp_code=digits)
        return CompleteSessionRequest(challenge_token=self._token, recovery_code=code)
