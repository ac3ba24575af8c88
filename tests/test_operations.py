"""The guide for whoever is called at night: what it quotes is what the app says, and its examples are taken by the
programs that they are for."""

from __future__ import annotations

import datetime
import inspect
import re
import shutil
import subprocess
import sys
from pathlib import Path

import gunicorn.arbiter
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from flask import Flask

from tests.servers import missing, nginx_program
from webapp.config import Settings

ROOT = Path(__file__).parent.parent
EXAMPLES = ROOT / "docs" / "examples"
GUIDE = (ROOT / "docs" / "operations.md").read_text()


def sources() -> str:
    return "\n".join(path.read_text() for path in (ROOT / "webapp").rglob("*.py"))


def symptoms() -> list[str]:
    """The first cell of each row of the table."""
    table = GUIDE.split("<!-- symptoms -->")[1].split("<!-- /symptoms -->")[0]
    cells = re.findall(r"^\| (.+?) \| .+ \| .+ \|$", table, re.MULTILINE)
    return [cell for cell in cells if cell not in ("it says", "---")]


def is_said(quoted: str, code: str) -> bool:
    """Whether the app's own code, not its tests, says this in the log, in its health or as a metric."""
    if quoted.startswith("alert="):
        return f'raise_("{quoted.removeprefix("alert=")}"' in code
    return quoted in code


def test_what_the_guide_says_that_the_app_says_it_says() -> None:
    code, of_gunicorn = sources(), inspect.getsource(gunicorn.arbiter)
    rows = symptoms()
    assert len(rows) > 20
    for cell in rows:
        for quoted in re.findall(r"`([^`]+)`", cell):
            name = re.sub(r"_total$", "", quoted)
            assert is_said(name, code) or quoted == "/health/ready", quoted
        for quoted in re.findall(r"\*([^*]+)\*", cell):
            assert quoted in of_gunicorn, quoted


def test_what_nobody_says_would_be_noticed() -> None:
    code = sources()
    assert not is_said("alert=flood", code)
    assert not is_said("reload=perhaps", code)


def test_every_alert_and_every_answer_to_a_reload_stands_in_the_guide() -> None:
    code = sources()
    told = "\n".join(symptoms())
    assert not [kind for kind in set(re.findall(r'raise_\(\s*"([\w-]+)"', code)) if f"`alert={kind}`" not in told]
    for word in set(re.findall(r'"reload=([\w-]+) ', code)):
        assert word in GUIDE.split("| `reload` |")[1].splitlines()[0], word


def test_the_settings_of_the_example_can_be_used(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    example = (EXAMPLES / "settings").read_text()
    (tmp_path / "course").mkdir()
    file = tmp_path / "settings"
    file.write_text(example.replace("/srv/webapp", str(tmp_path)).replace("/var/", f"{tmp_path}/"))
    settings = Settings.from_environ({"WEBAPP_SETTINGS_FILE": str(file), "WEBAPP_WORKERS": "3"})
    assert settings.bank == tmp_path / "course"
    assert settings.metrics == ("127.0.0.1", 9100)
    assert settings.workers == 3, "the environment goes before the file"


def test_the_unit_is_one(tmp_path: Path) -> None:
    program = shutil.which("systemd-analyze")
    if program is None:
        missing("systemd-analyze", "It comes with systemd.")
        return
    for name in ("webapp.service", "webapp.socket"):
        text = (EXAMPLES / name).read_text().replace("/opt/webapp/.venv/bin/webapp", sys.executable)
        (tmp_path / name).write_text(text)
    for name in ("webapp.service", "webapp.socket"):
        done = subprocess.run(
            [program, "verify", "--man=no", name], cwd=tmp_path, capture_output=True, text=True, check=False, timeout=60
        )
        ours = [line for line in done.stderr.splitlines() if "webapp" in line]
        assert (done.returncode, ours) == (0, []), done.stderr
    # A key that it does not know is noticed.
    (tmp_path / "webapp.service").write_text(
        (tmp_path / "webapp.service").read_text().replace("ProtectHome", "GuardHome")
    )
    done = subprocess.run(
        [program, "verify", "--man=no", "webapp.service"], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert "GuardHome" in done.stderr


def test_the_unit_allows_what_the_settings_of_the_example_name() -> None:
    unit, settings = (EXAMPLES / "webapp.service").read_text(), (EXAMPLES / "settings").read_text()
    writable = re.search(r"^ReadWritePaths=(.+)$", unit, re.MULTILINE)
    assert writable
    for variable in ("WEBAPP_BANK", "WEBAPP_BACKUP_FOLDER"):
        assert re.search(rf"^{variable}=(.+)$", settings, re.MULTILINE)[1] in writable[1].split()  # type: ignore[index]
    assert "WEBAPP_DATA=/var/lib/webapp\n" in settings
    assert "StateDirectory=webapp\n" in unit


def self_signed(folder: Path) -> tuple[Path, Path]:
    """A certificate and its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "quiz.example.org")])
    now = datetime.datetime.now(datetime.UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now)
        .not_valid_after(now + datetime.timedelta(days=1))
        .sign(key, hashes.SHA256())
    )
    (folder / "cert.pem").write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    (folder / "key.pem").write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    return folder / "cert.pem", folder / "key.pem"


def test_nginx_takes_its_example(tmp_path: Path) -> None:
    program = nginx_program()
    if program is None:
        missing("nginx", "Debian and Ubuntu have it as nginx.")
        return
    certificate, key = self_signed(tmp_path)
    site = (EXAMPLES / "nginx.conf").read_text()
    site = re.sub(r"(ssl_certificate +).+;", rf"\1{certificate};", site)
    site = re.sub(r"(ssl_certificate_key +).+;", rf"\1{key};", site)
    # Not the ports of this machine, which may be another's or not for this account.
    site = re.sub(r"listen (\[::\]:)?(80|443)", lambda found: f"listen {found[1] or ''}2{found[2].zfill(4)}", site)
    whole = f"pid {tmp_path}/pid; error_log stderr; events {{}} http {{ access_log off;\n{site}\n}}"
    (tmp_path / "nginx.conf").write_text(whole)
    done = subprocess.run(
        [program, "-t", "-p", str(tmp_path), "-c", str(tmp_path / "nginx.conf")],
        capture_output=True, text=True, check=False, timeout=60,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    # nginx before 1.25, which is what Debian 12 and Ubuntu 24.04 have, knows no other way to ask for HTTP/2.
    warnings = [line for line in done.stderr.splitlines() if "[warn]" in line and '"listen ... http2"' not in line]
    assert not warnings, done.stderr


def test_caddy_takes_its_example() -> None:
    program = shutil.which("caddy")
    if program is None:
        pytest.skip("caddy is missing. Debian and Ubuntu have it as caddy.")
    file = str(EXAMPLES / "Caddyfile")
    command = [program, "validate", "--adapter", "caddyfile", "--config", file]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("name", ["nginx.conf", "Caddyfile"])
def test_a_proxy_passes_on_nothing_that_would_be_believed_of_a_visitor(name: str) -> None:
    text = (EXAMPLES / name).read_text()
    assert "X-Forwarded-Prefix" in text
    if name == "nginx.conf":
        for header in ("For $remote_addr", "Proto $scheme", "Host $host", 'Prefix ""'):
            assert f"proxy_set_header X-Forwarded-{header};" in text


def test_what_nginx_may_send_twice_are_pages_of_the_app(app: Flask) -> None:
    """Its patterns are addresses by which something is sent; a page that moved would leave them without one."""
    example = (EXAMPLES / "nginx-two-servers.conf").read_text()
    patterns = re.findall(r"location ~ (\S+) \{", example)
    sent = (rule.rule for rule in app.url_map.iter_rules() if "POST" in (rule.methods or ()))
    addresses = [re.sub(r"<[^>]+>", "name", re.sub(r"<int:[^>]+>", "7", address)) for address in sent]
    found = [[address for address in addresses if re.search(pattern, address)] for pattern in patterns]
    assert [len(addresses) for addresses in found] == [2, 1], found
