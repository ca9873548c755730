"""The files of the containers, as far as they can be tried without an engine: their form, and how the image runs."""

from __future__ import annotations

import json
import os
import re
import shlex
import shutil
import subprocess
import sys
import time
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from helpers import REPOSITORY, SLOW
from serving import free_port, linked
from shell_examples import blocks, commands

DOCKERFILE = (REPOSITORY / "Dockerfile").read_text("utf-8")
COMPOSE = yaml.safe_load((REPOSITORY / "compose.yaml").read_text("utf-8"))
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]
OURS = {name: each for name, each in SERVICES.items() if each.get("image") == "stylo"}
OF_RAY = {name: each for name, each in OURS.items() if each.get("profiles") == ["cluster"]}
LAUNCHER = yaml.safe_load((REPOSITORY / "deploy" / "ray-cluster.yaml").read_text("utf-8"))
READ_ONLY = Path(__file__).parent / "read_only.py"


def program(name: str) -> str:
    return str(Path(sys.executable).with_name(name))


def test_compose_has_the_form_that_docker_compose_takes() -> None:
    done = subprocess.run(
        [program("check-jsonschema"), "--builtin-schema", "vendor.compose-spec", REPOSITORY / "compose.yaml"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout


def test_compose_is_understood_by_the_client_where_there_is_one() -> None:
    if subprocess.run(["sh", "-c", "docker compose version"], capture_output=True, check=False).returncode:
        pytest.skip("there is no client `docker compose` here")
    environment = {**os.environ, "POSTGRES_PASSWORD": "x", "ALERT_WEBHOOK": "https://example.org"}
    command = ["docker", "compose", "--profile", "batch", "--profile", "cluster", "config", "--quiet"]
    done = subprocess.run(
        command, cwd=REPOSITORY, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr


def test_the_dockerfile_keeps_the_rules_of_hadolint() -> None:
    done = subprocess.run(
        [program("hadolint"), "--no-color", REPOSITORY / "Dockerfile"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stdout + done.stderr == ""


def test_variables_without_a_default_are_told_at_the_top_of_compose() -> None:
    text = (REPOSITORY / "compose.yaml").read_text("utf-8")
    told = set(re.findall(r'^#   echo "(\w+)=', text, re.MULTILINE))
    asked = set(re.findall(r"\$\{(\w+):\?", text))
    assert asked <= told


def test_files_and_volumes_that_compose_names_are_there() -> None:
    for name, service in SERVICES.items():
        for volume in service.get("volumes", []):
            source = volume.replace("${STYLO_DATA:-./data}", "./data").split(":")[0]
            assert source == "./data" or source in COMPOSE["volumes"] or (REPOSITORY / source).is_file(), name
        for config in service.get("configs", []):
            assert config["source"] in COMPOSE["configs"]


def test_ports_are_open_to_this_machine_alone() -> None:
    ports = [port for service in SERVICES.values() for port in service.get("ports", [])]
    assert ports
    assert all(port.startswith("127.0.0.1:") for port in ports)


def test_what_must_survive_a_container_lies_in_a_volume() -> None:
    """The home of a container is a tmpfs: weights and the state would be gone with it, and take its memory."""
    for name, service in OURS.items():
        if name == "ray-head":  # opens no file of the shop
            continue
        places = {volume.split(":")[1] for volume in (v.replace(":-", "") for v in service["volumes"])}
        assert {"/data", "/state"} <= places, name
    assert "KERAS_HOME=/weights" in DOCKERFILE
    assert "STYLO_SERVICE_STATE=/state" in DOCKERFILE
    for name in ("service", "operations", "dashboard"):
        assert "weights:/weights" in OURS[name]["volumes"]
    (command,) = re.findall(r"^#   (docker run .*)$", DOCKERFILE, re.MULTILINE)
    assert "-v stylo-state:/state" in command
    assert set(json.loads(re.findall(r"^VOLUME (.+)$", DOCKERFILE, re.MULTILINE)[0])) == {
        "/data", "/state", "/weights",
    }  # fmt: skip


def test_each_service_of_ours_has_a_health_check_or_ends_by_itself() -> None:
    for name, service in OURS.items():
        check = service.get("healthcheck", {})
        assert not check.get("disable") or service["restart"] == "no", name


def test_images_hold_extras_that_there_are_and_ray_where_it_is_asked_for() -> None:
    project = tomllib.loads((REPOSITORY / "pyproject.toml").read_text("utf-8"))["project"]
    compose = (REPOSITORY / "compose.yaml").read_text("utf-8")
    (default,) = re.findall(r"^ARG EXTRAS=(\S+)$", DOCKERFILE, re.MULTILINE)
    assert {service["build"]["args"]["EXTRAS"] for service in OURS.values()} == {
        f"${{STYLO_EXTRAS:-{default}}}"
    }
    told = re.findall(r'STYLO_EXTRAS=([\w,]+)"', compose) + re.findall(
        r"EXTRAS=([\w,]+) adds Ray", DOCKERFILE
    )
    assert told == [f"{default},cluster"] * 2
    assert set(f"{default},cluster".split(",")) <= set(project["optional-dependencies"])
    assert '".[$EXTRAS]"' in DOCKERFILE


def started_by(service: dict[str, Any], folder: Path, token: str | None) -> tuple[int, str, list[str]]:
    """Runs what a container of Ray runs, with a program that only notes its words in the place of `ray`.

    Returns exit status, standard error, and these words.
    """
    folder.mkdir()
    noted = folder / "noted"
    (folder / "ray").write_text(f"#!/bin/sh\nprintf '%s\\n' \"$@\" > {shlex.quote(str(noted))}\n")
    (folder / "ray").chmod(0o755)
    (command,) = service["command"]
    command = re.sub(r"\$\{\w+:-(\w+)\}", r"\1", command).replace("$$", "$")
    environment = {"PATH": f"{folder}:{os.environ['PATH']}"} | (
        {} if token is None else {"RAY_AUTH_TOKEN": token}
    )
    done = subprocess.run(
        [*service["entrypoint"], command], env=environment, capture_output=True, text=True, check=False
    )
    return done.returncode, done.stderr, noted.read_text().splitlines() if noted.exists() else []


@pytest.mark.parametrize("name", OF_RAY)
def test_no_cluster_starts_without_a_token(name: str, tmp_path: Path) -> None:
    service = OF_RAY[name]
    assert service["environment"]["RAY_AUTH_MODE"] == "token"
    assert service["environment"]["RAY_USAGE_STATS_ENABLED"] == "0"
    for number, token in enumerate([None, ""]):
        status, error, words = started_by(service, tmp_path / str(number), token)
        assert (status, words) == (1, [])
        assert error == "Set RAY_AUTH_TOKEN in .env: the cluster would be open.\n"
    status, error, words = started_by(service, tmp_path / "with", "a-token")
    assert (status, error, words[0]) == (0, "", "start")


@pytest.mark.parametrize("name", OF_RAY)
def test_containers_of_ray_have_room_for_their_object_store_and_take_orders_from_no_one_else(
    name: str, tmp_path: Path
) -> None:
    service = OF_RAY[name]
    start = parsed_by_ray(started_by(service, tmp_path / "ray", "a-token")[2])
    size, unit = int(service["shm_size"][:-1]), {"m": 2**20, "g": 2**30}[service["shm_size"][-1]]
    assert start["object_store_memory"] <= 0.8 * size * unit
    assert start["block"]
    assert start["disable_usage_stats"]
    assert service["networks"] == ["cluster"]
    assert "ports" not in service
    assert "STYLO_SERVICE_DATABASE" not in service["environment"]
    assert "/tmp" not in service["tmpfs"] and not service["read_only"]


def test_the_head_does_no_work_and_workers_and_commands_find_it(tmp_path: Path) -> None:
    head = parsed_by_ray(started_by(OF_RAY["ray-head"], tmp_path / "head", "a-token")[2])
    worker = parsed_by_ray(started_by(OF_RAY["ray-worker"], tmp_path / "worker", "a-token")[2])
    assert head["head"] and head["num_cpus"] == 0 and not head["include_dashboard"]
    assert worker["address"] == f"ray-head:{head['port']}"
    assert worker["num_cpus"] > 0
    assert OF_RAY["ray-worker"]["healthcheck"]["test"][-1] == worker["address"]
    (told,) = set(re.findall(r"ray://\S+\d", (REPOSITORY / "compose.yaml").read_text("utf-8")))
    assert told == f"ray://ray-head:{head['ray_client_server_port']}"
    for name in ("batch", "operations"):
        assert "cluster" in OURS[name]["networks"]
        assert OURS[name]["environment"]["RAY_AUTH_TOKEN"] is None  # that of .env, or unset
    assert all("cluster" not in SERVICES[name].get("networks", []) for name in ("service", "dashboard"))


def test_workers_see_what_the_batch_sees_and_write_in_the_data_folder_alone() -> None:
    def places(name: str) -> dict[str, str]:
        return {volume.split(":/")[1].removesuffix(":ro"): volume for volume in OURS[name]["volumes"]}

    batch, worker = places("batch"), places("ray-worker")
    assert set(batch) == set(worker)
    assert worker["data"] == batch["data"]
    assert worker["state"] == f"{batch['state']}:ro"


def parsed_by_ray(words: list[str]) -> dict[str, Any]:
    """The options of a command of Ray's, by Ray's own parser."""
    scripts = pytest.importorskip("ray.scripts.scripts")
    group = scripts.cli
    _, command, rest = group.resolve_command(group.make_context("ray", list(words)), list(words))
    options: dict[str, Any] = command.make_context(words[0], rest).params
    return options


def of_ray(lines: list[str]) -> Iterator[list[str]]:
    """The words of the commands of Ray among some lines of a shell."""
    for line in lines:
        words = shlex.split(line, comments=True)
        while words and re.match(r"[A-Z_]+=", words[0]):
            words.pop(0)
        if words and words[0].rpartition("/")[2] == "ray":
            yield words[1:]


def test_rays_launcher_understands_its_file() -> None:
    util = pytest.importorskip("ray.autoscaler._private.util")
    prepared = util.prepare_config(LAUNCHER)
    util.validate_config(prepared)
    assert prepared["max_workers"] == len(LAUNCHER["provider"]["worker_ips"])
    assert all(shlex.split(line) for line in LAUNCHER["setup_commands"])


def test_the_launcher_starts_a_cluster_with_the_token_that_it_copies() -> None:
    assert any(path.endswith("/.ray/auth_token") for path in LAUNCHER["file_mounts"])
    starts = {}
    for name in ("head", "worker"):
        lines = LAUNCHER[f"{name}_start_ray_commands"]
        (line,) = (line for line in lines if " start " in line)
        assert line.startswith("RAY_AUTH_MODE=token ")
        stop, start = of_ray(lines)
        assert stop == ["stop"]
        starts[name] = parsed_by_ray(start)
        assert starts[name]["disable_usage_stats"]
    assert (
        starts["head"]["head"] and starts["head"]["num_cpus"] == 0 and not starts["head"]["include_dashboard"]
    )
    assert starts["head"]["autoscaling_config"] == "~/ray_bootstrap_config.yaml"
    assert starts["worker"]["address"] == f"$RAY_HEAD_IP:{starts['head']['port']}"
    text = (REPOSITORY / "deploy" / "ray-cluster.yaml").read_text("utf-8")
    (install,) = re.findall(r"pip install '\.\[(\w+)\]' -c (\S+)", text)
    assert install == ("cluster", "constraints.txt")


def test_the_commands_of_ray_in_the_documentation_are_understood() -> None:
    lines = [
        line
        for path in sorted((REPOSITORY / "docs").glob("*.md"))
        for language, content in blocks(path.read_text("utf-8"))
        if language == "sh"
        for line in commands(content)
    ]
    found = list(of_ray(lines))
    assert len(found) > 5
    for words in found:
        parsed_by_ray(words)
    with pytest.raises(Exception, match="No such option"):
        parsed_by_ray(["start", "--haed"])


def test_messages_that_the_page_on_clusters_explains_are_those_of_the_code() -> None:
    page = (REPOSITORY / "docs" / "cluster.md").read_text("utf-8")
    _, _, rest = page.partition("| message | cure |\n")
    rows = re.match(r"(?:\|.*\n)+", rest)
    assert rows is not None
    messages = [
        message
        for row in rows[0].splitlines()[1:]
        for message in re.findall(r"`([^`]+)`", row.split(" | ")[0])
    ]
    assert len(messages) > 10
    code = "".join(path.read_text("utf-8") for path in (REPOSITORY / "stylo" / "parallel").glob("*.py"))
    for message in messages:
        for words in re.split(" *… *", message):
            assert words.strip(" ,:") in code, message


def test_prometheus_asks_services_that_there_are_and_tells_one() -> None:
    told = yaml.safe_load((REPOSITORY / "deploy" / "prometheus.yml").read_text("utf-8"))
    jobs = [*told["scrape_configs"], *told["alerting"]["alertmanagers"]]
    hosts = {
        target.partition(":")[0]
        for job in jobs
        for each in job["static_configs"]
        for target in each["targets"]
    }
    assert hosts == {"service", "node-exporter", "alertmanager"}
    assert hosts <= set(SERVICES)
    routes = yaml.safe_load((REPOSITORY / "deploy" / "alertmanager.yml").read_text("utf-8"))
    files = {each["url_file"] for receiver in routes["receivers"] for each in receiver["webhook_configs"]}
    assert files == {config["target"] for config in SERVICES["alertmanager"]["configs"]}


def layout(place: Path) -> Path:
    """The working folder of the image, made by the Dockerfile's own COPY lines."""
    last = DOCKERFILE.rpartition("\nFROM ")[2]
    place.mkdir()
    for words in re.findall(r"^COPY (?!--from)(.+)$", last, re.MULTILINE):
        *sources, target = words.split()
        for source in (path for each in sources for path in REPOSITORY.glob(each)):
            if source.is_dir():
                ignored = shutil.ignore_patterns("__pycache__")
                shutil.copytree(source, place / target, ignore=ignored, dirs_exist_ok=True)
            else:
                shutil.copy(source, place / target)
    return place


class Image:
    """What the image runs, in a namespace in which all is read-only but what the container may write."""

    def __init__(self, base: Path, demo_shop: Path) -> None:
        self.code, self.data = layout(base / "stylo"), linked(demo_shop, base / "data")
        (self.data / "reports").mkdir(exist_ok=True)
        for name in ("state", "home", "tmp", "weights"):
            (base / name).mkdir()
        self.base = base
        self.port = free_port()
        declared = re.findall(r"\b(STYLO_\w+|KERAS_HOME)=(/\S+)", DOCKERFILE)
        self.environment = {
            "PATH": os.environ["PATH"],
            "HOME": str(base / "home"),
            "TMPDIR": str(base / "tmp"),
            "PYTHONDONTWRITEBYTECODE": "1",
            "STYLO_CODE": "a-commit",
            "STYLO_SERVICE_PORT": str(self.port),
            "STYLO_SERVICE_TIME_ZONE": "UTC",
            # A path of the image: beside each other in a folder here.
            **{name: f"{base}{path}" for name, path in declared},
        }

    def command(self, words: list[str], *, data: bool = False) -> list[str]:
        writable = [
            str(self.base / name) for name in ("state", "home", "tmp", "weights", *(["data"] if data else []))
        ]
        inner = [sys.executable, str(READ_ONLY), *writable, "--", sys.executable, *words]
        return ["unshare", "--user", "--map-root-user", "--mount", *inner]

    def run(self, *words: str, data: bool = False) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            self.command(list(words), data=data),
            cwd=self.code,
            env=self.environment,
            capture_output=True,
            text=True,
            timeout=SLOW,
            check=False,
        )


@pytest.fixture(scope="module")
def image(demo_shop: Path, tmp_path_factory: pytest.TempPathFactory) -> Image:
    image = Image(tmp_path_factory.mktemp("image"), demo_shop)
    if not shutil.which("unshare"):
        pytest.skip("there is no unshare here")
    tried = image.run("-c", "print('in')")
    if tried.stdout != "in\n":
        pytest.skip(f"no read-only namespace is to be had here: {tried.stderr.strip()[-200:]}")
    return image


def test_the_namespace_is_read_only(image: Image) -> None:
    for place in (image.code, image.data, Path(sys.prefix)):
        done = image.run("-c", f"open({str(place / 'written')!r}, 'w')")
        assert "Read-only file system" in done.stderr, place
    assert image.run("-c", f"open({str(image.base / 'state' / 'written')!r}, 'w')").returncode == 0


def test_the_service_of_the_image_starts_read_only_and_its_health_check_says_so(image: Image) -> None:
    """Also where /health needs a key, which nobody has given to the check."""
    check = json.loads(re.findall(r"HEALTHCHECK .* CMD (\[.*\])", DOCKERFILE)[0])[1:]
    assert image.run(*check).returncode == 1
    (start,) = re.findall(r"^CMD (\[.*\])$", DOCKERFILE, re.MULTILINE)
    log = (image.base / "serve.log").open("w+")
    server = subprocess.Popen(
        image.command([*json.loads(start)[:1], "--host", "127.0.0.1"]),
        cwd=image.code,
        env={**image.environment, "STYLO_SERVICE_OPEN_HEALTH": "false"},
        stdout=log,
        stderr=subprocess.STDOUT,
    )
    try:
        deadline = time.monotonic() + SLOW
        while image.run(*check).returncode:
            assert server.poll() is None, (log.seek(0), log.read())[1]
            assert time.monotonic() < deadline
    finally:
        server.terminate()
        server.wait(SLOW)
        log.close()


def test_watch_and_batch_of_compose_run_read_only_and_lineage_knows_the_commit(image: Image) -> None:
    health = SERVICES["operations"]["healthcheck"]["test"][2:]
    assert image.run(*health).returncode == 1
    watch = [str(word) for word in SERVICES["operations"]["command"]]
    done = image.run(*watch, "--times", "1", data=True)
    assert done.returncode == 0, done.stderr
    assert "ALARM" not in done.stderr
    assert image.run(*health).returncode == 0
    batch = shlex.join(SERVICES["batch"]["command"]).replace("/data/", f"{image.data}/")
    done = image.run(*shlex.split(batch), data=True)
    assert done.returncode == 0, done.stderr
    assert (image.data / "lists.parquet").is_file()
    code = "from stylo.operations.lineage import code_version; print(code_version())"
    assert "(a-commit)" in image.run("-c", code).stdout
