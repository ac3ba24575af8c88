"""The drills, short: whatever goes wrong around the server, nothing acknowledged is lost and nothing is doubled."""

from __future__ import annotations

import sys
import warnings
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from tests.faults import drills
from tests.servers import Nginx, Server, nginx_program

pytestmark = [
    pytest.mark.server,
    pytest.mark.long,
    pytest.mark.skipif(sys.platform == "win32", reason="the drills need POSIX"),
    # Connections that die with the server are closed by nobody.
    pytest.mark.filterwarnings("ignore::ResourceWarning", "ignore::pytest.PytestUnraisableExceptionWarning"),
]


def test_faults_cost_nothing(tmp_path: Path) -> None:
    """One server and one crowd, to which everything happens in turn. What needs root on Linux is left out elsewhere."""
    outcomes = list(drills.on_sqlite(tmp_path, drills.SHORT, people=6))
    assert [outcome for outcome in outcomes if outcome.faults] == []
    assert sum(not outcome.not_done for outcome in outcomes) >= 6


@pytest.mark.postgres
def test_one_of_two_servers_dies_in_an_exam_and_nobody_loses_anything(
    tmp_path: Path, postgres: Callable[[], str]
) -> None:
    assert drills.one_of_two_killed(tmp_path, postgres(), times=1).faults == []


@pytest.mark.skipif(nginx_program() is None, reason="nginx is not installed")
def test_nginx_takes_the_example_of_the_documentation(tmp_path: Path) -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "quiz.example.org")])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
        .serial_number(1).not_valid_before(now).not_valid_after(now + timedelta(days=1)).sign(key, hashes.SHA256())
    )  # fmt: skip
    pem, own = tmp_path / "site.pem", tmp_path / "site.key"
    pem.write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    own.write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    nginx = Nginx(tmp_path / "nginx", (Server(tmp_path, tmp_path), Server(tmp_path, tmp_path)))
    checked = nginx.check(nginx.configure(tls=(pem, own)))
    assert checked.returncode == 0, checked.stderr
    assert "warn" not in checked.stderr


# A page that a server has begun to send when it is killed ends in the middle, and nginx can't take it back. It is rare,
# so what is held here is that it doesn't happen twice.
@pytest.mark.flaky(reruns=1)
@pytest.mark.skipif(nginx_program() is None, reason="nginx is not installed")
@pytest.mark.postgres
def test_students_do_not_notice_when_one_of_two_servers_behind_nginx_is_killed(
    tmp_path: Path, postgres: Callable[[], str]
) -> None:
    outcome = drills.exam_behind_nginx(tmp_path, postgres(), people=20, thinks=0.5, times=2)
    assert (outcome.not_done, outcome.faults, outcome.refused) == ("", [], {})


@pytest.mark.postgres
def test_while_postgresql_is_frozen_health_is_told_in_time(tmp_path: Path, postgres: Callable[[], str]) -> None:
    """More people than threads hang; who asks how the server is need not queue behind them. On a server of its own."""
    assert postgres()  # skips, or fails, where there is none
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of the wheel's own imports
        server, fresh = drills.own_postgresql()
    try:
        assert drills.postgresql_frozen(tmp_path, server, fresh("frozen"), seconds=8).faults == []
    finally:
        server.cleanup()
