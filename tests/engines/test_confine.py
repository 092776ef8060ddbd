"""The walls that a child process puts around itself, each tried from inside."""

import os
import signal
from pathlib import Path
from typing import Final

import pytest
from tests.engines.trials import ABILITIES, ROOTS, WALLED, has_ended, outcomes, run

from xinfu.engines import kernel, seccomp
from xinfu.engines.seccomp import Tasks

pytestmark = WALLED

CONFINED: Final = f"""
folder = sys.argv[1]
walls = Walls(read=({", ".join(map(repr, ROOTS))}, folder + "/read"), write=(folder + "/write",),
    memory_bytes=256 << 20, processor_s=20, file_bytes=1 << 20, code=True)
"""
ENTER: Final = "confine.confine(walls, parent=os.getppid())\n"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name in ("read", "write", "closed"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "file").write_text(name)
    return tmp_path


def test_only_the_files_that_are_named_are_open(folder: Path) -> None:
    found = outcomes(
        CONFINED
        + ENTER
        + """
def read(path):
    with open(path) as file: return file.read()
def write(path):
    with open(path, "w") as file: return file.write("x")
print(outcome(lambda: read(folder + "/read/file")))
print(outcome(lambda: read(folder + "/closed/file")))
print(outcome(lambda: read("/etc/passwd")))
print(outcome(lambda: read("/proc/1/environ")))
print(outcome(lambda: read("/proc/self/environ")))
print(outcome(lambda: os.listdir(folder)))
print(outcome(lambda: write(folder + "/read/file")))
print(outcome(lambda: write(folder + "/write/new")))
print(outcome(lambda: os.unlink(folder + "/write/new")))
print(outcome(lambda: write(folder + "/closed/new")))
print(outcome(lambda: os.open(folder + "/read/file", os.O_RDONLY | os.O_TRUNC)))
print(outcome(lambda: os.truncate(folder + "/read/file", 0)))
print(outcome(lambda: os.symlink("/etc", folder + "/write/link")))
print(outcome(lambda: os.link(folder + "/read/file", folder + "/write/link")))
print(outcome(lambda: os.rename(folder + "/write/file", folder + "/closed/moved")))
print(outcome(lambda: os.chmod(folder + "/write/file", 0o777)))
""",
        str(folder),
    )
    no = {"EACCES", "EPERM", "EXDEV"}
    assert found[0] == "read"
    assert found[7:9] == ["1", "None"]
    refused = found[1:7] + found[9:]
    assert len(refused) == 13
    assert set(refused) <= no
    assert (folder / "read/file").read_text() == "read"


def test_there_is_no_way_to_other_processes_or_the_network(folder: Path) -> None:
    found = outcomes(
        CONFINED
        + ENTER
        + """
print(outcome(lambda: socket.socket(socket.AF_INET)))
print(outcome(lambda: socket.socket(socket.AF_INET6)))
print(outcome(lambda: socket.socket(socket.AF_UNIX)))
print(outcome(lambda: socket.socketpair()))
print(outcome(lambda: os.kill(os.getppid(), 0)))
print(outcome(lambda: os.kill(1, 0)))
print(outcome(lambda: os.fork()))
print(outcome(lambda: threading.Thread(target=print).start()))
print(outcome(lambda: os.execv(sys.executable, ["python"])))
print(outcome(lambda: os.memfd_create("x")))
print(outcome(lambda: os.setpriority(os.PRIO_PROCESS, 0, 5)))
print(outcome(lambda: os.mkfifo(folder + "/write/pipe")))
""",
        str(folder),
    )
    assert found == [*["EPERM"] * 7, "RuntimeError", *["EPERM"] * 4]


CALLS: Final = {
    "ptrace": (101, 117),
    "keyctl": (250, 219),
    "add_key": (248, 217),
    "io_uring_setup": (425, 425),
    "bpf": (321, 280),
    "mount": (165, 40),
    "unshare": (272, 97),
    "setns": (308, 268),
    "process_vm_readv": (310, 270),
    "process_vm_writev": (311, 271),
    "pidfd_open": (434, 434),
    "pidfd_send_signal": (424, 424),
    "perf_event_open": (298, 241),
    "userfaultfd": (323, 282),
    "shmget": (29, 194),
    "open_by_handle_at": (304, 265),
    "name_to_handle_at": (303, 264),
    "init_module": (175, 105),
    "kexec_load": (246, 104),
    "personality": (135, 92),
    "setuid": (105, 146),
    "capset": (126, 91),
    "execveat": (322, 281),
    "seccomp": (317, 277),
    "tkill": (200, 130),
    "rt_sigqueueinfo": (129, 138),
    "memfd_secret": (447, 447),
    "openat2": (437, 437),
    "chroot": (161, 51),
    "swapon": (167, 224),
    "inotify_init1": (294, 26),
    "sendmsg": (46, 211),
    "mknodat": (259, 33),
}


def test_calls_that_are_not_on_the_list_are_refused(folder: Path) -> None:
    machine = kernel.machine()
    assert machine is not None
    numbers = [each[machine.column] for each in CALLS.values()]
    found = outcomes(
        CONFINED + ENTER + f"for number in {numbers}: print(raw(number, 0, 0, 0, 0, 0))", str(folder)
    )
    assert dict(zip(CALLS, found, strict=True)) == dict.fromkeys(CALLS, "EPERM")


def test_arguments_are_judged_where_the_call_alone_says_too_little(folder: Path) -> None:
    found = outcomes(
        CONFINED
        + ENTER
        + """
import fcntl, resource, termios
print(outcome(lambda: fcntl.fcntl(1, fcntl.F_SETOWN, 1)))
print(outcome(lambda: fcntl.fcntl(1, fcntl.F_SETPIPE_SZ, 1 << 20)))
print(outcome(lambda: fcntl.ioctl(1, termios.TIOCSTI, b"x")))
print(outcome(lambda: resource.setrlimit(resource.RLIMIT_CPU, (1, 1))))
print(outcome(lambda: resource.getrlimit(resource.RLIMIT_CORE)))
print(outcome(lambda: resource.prlimit(os.getppid(), resource.RLIMIT_CPU)))
print(raw({"x86_64": 157}.get(os.uname().machine, 167), 4, 1, 0, 0, 0))
""",
        str(folder),
    )
    assert found[3:5] == ["ValueError", "(0, 0)"] or found[3:5] == ["PermissionError", "(0, 0)"]
    assert found[:3] + found[6:] == ["EPERM"] * 4
    assert found[5] in {"EPERM", "PermissionError"}


def test_privileges_are_gone(folder: Path) -> None:
    found = outcomes(
        CONFINED
        + """
import msgspec
walls = msgspec.structs.replace(walls, read=(*walls.read, "/proc"))
"""
        + ENTER
        + """
lines = dict(line.split(":", 1) for line in open("/proc/thread-self/status"))
for name in ("CapEff", "CapPrm", "CapInh", "CapAmb"): print(int(lines[name], 16))
print(lines["NoNewPrivs"].strip(), lines["Seccomp"].strip())
print(os.getuid(), os.geteuid(), len(os.getgroups()))
print(outcome(lambda: open("/proc/%d/environ" % os.getppid()).read()))
""",
        str(folder),
    )
    assert found[:5] == ["0", "0", "0", "0", "1 2"]
    assert found[6] in {"EACCES", "EPERM"}
    if os.geteuid() == 0:
        assert not found[5].startswith("0 ")
        assert found[5].endswith(" 0")


@pytest.mark.skipif(os.geteuid() != 0, reason="the other tests run as a plain user already")
def test_a_plain_user_is_confined_too(folder: Path) -> None:
    found = outcomes(
        CONFINED
        + """
os.chmod(folder + "/write", 0o777)
os.setgroups([])
os.setresgid(65534, 65534, 65534)
os.setresuid(65534, 65534, 65534)
walls = Walls(memory_bytes=256 << 20, processor_s=20, file_bytes=1 << 20)
"""
        + ENTER
        + """
print(outcome(lambda: open("/etc/passwd")), outcome(lambda: os.kill(os.getppid(), 0)), outcome(os.getuid))
""",
        str(folder),
    )
    assert found == ["EACCES EPERM 65534"]


def test_memory_and_files_have_a_limit(folder: Path) -> None:
    found = outcomes(
        CONFINED
        + ENTER
        + """
print(outcome(lambda: len(bytearray(128 << 20))))
print(outcome(lambda: len(bytearray(300 << 20))))
def fill():
    with open(folder + "/write/big", "wb", buffering=0) as file:
        for _ in range(3): file.write(bytes(1 << 20))
print(outcome(fill))
""",
        str(folder),
    )
    assert found == [str(128 << 20), "MemoryError", "EFBIG"]
    assert (folder / "write/big").stat().st_size == 1 << 20


def test_processor_time_has_a_limit(folder: Path) -> None:
    source = CONFINED.replace("processor_s=20", "processor_s=1") + ENTER + "while True: pass"
    assert run(source, str(folder)).returncode in {-signal.SIGKILL, -signal.SIGXCPU}


def test_threads_start_where_they_are_allowed_and_processes_do_not(folder: Path) -> None:
    found = outcomes(
        CONFINED.replace("code=True", "code=True, tasks=seccomp.Tasks.THREADS, task_count=3")
        + ENTER
        + """
event, started = threading.Event(), []
def start():
    thread = threading.Thread(target=event.wait)
    thread.start()
    started.append(thread)
print(outcome(start), outcome(start), outcome(start), outcome(os.fork))
event.set()
""",
        str(folder),
    )
    third = "RuntimeError" if os.geteuid() == 0 else "None"
    assert found == [f"None None {third} EPERM"]


def test_a_fork_bomb_ends_at_its_limit(folder: Path) -> None:
    if os.geteuid() != 0:
        pytest.skip("only a process that was root has a user of its own")
    found = outcomes(
        CONFINED.replace("code=True", "code=True, tasks=seccomp.Tasks.PROCESSES, task_count=4")
        + ENTER
        + """
def bomb():
    for count in range(10):
        if os.fork() == 0:
            os.close(end)
            os.read(held, 1)
            os._exit(0)
held, end = os.pipe()
print(outcome(bomb))
os.close(end)
""",
        str(folder),
    )
    assert found == ["EAGAIN"]


def test_threads_that_run_already_are_filtered_too(folder: Path) -> None:
    found = outcomes(
        CONFINED
        + """
asked, done = threading.Event(), []
def work():
    asked.wait()
    done.append(outcome(lambda: socket.socket()))
thread = threading.Thread(target=work)
thread.start()
print(outcome(lambda: landlock.restrict_files()))
confine.leave_privileges(os.getppid())
seccomp.restrict_calls()
asked.set()
thread.join()
print(done[0])
""",
        str(folder),
    )
    assert found == ["RuntimeError", "EPERM"]


def test_a_file_put_in_the_place_of_a_named_one_is_not_open(folder: Path) -> None:
    found = outcomes(
        CONFINED
        + """
import msgspec
held = os.open(folder + "/closed/file", os.O_RDONLY)
walls = msgspec.structs.replace(walls, read=(*walls.read, held))
os.rename(folder + "/closed/file", folder + "/closed/old")
open(folder + "/closed/file", "w").write("another")
"""
        + ENTER
        + """
print(outcome(lambda: open(folder + "/closed/file").read()))
print(outcome(lambda: open(f"/proc/self/fd/{held}").read()))
""",
        str(folder),
    )
    assert found == ["EACCES", "closed"]


def test_a_confined_process_dies_with_its_parent(folder: Path) -> None:
    source = """
    import subprocess
    child = subprocess.Popen([sys.executable, "-c", sys.argv[2]], env=os.environ, stdout=subprocess.PIPE)
    print(child.pid, child.stdout.readline().decode().strip(), flush=True)
    os.kill(os.getpid(), signal.SIGKILL)
    """
    child = """
import os, signal, sys, time
from xinfu.engines import confine
confine.leave_privileges(os.getppid())
print("ready", flush=True)
time.sleep(60)
"""
    ended = run(source, str(folder), child)
    pid, word = ended.stdout.split()
    assert (word, ended.returncode) == ("ready", -signal.SIGKILL)
    assert has_ended(int(pid)), "the child outlived its parent"


def test_a_parent_that_is_gone_already_ends_the_process() -> None:
    ended = run("confine.leave_privileges(os.getppid() + 1)\nprint('alive')")
    assert (ended.returncode, ended.stdout) == (-signal.SIGKILL, "")


@pytest.mark.skipif(os.uname().machine != "x86_64", reason="x32 is a numbering of x86_64")
def test_calls_by_another_numbering_end_the_process(folder: Path) -> None:
    ended = run(CONFINED + ENTER + "raw(0x40000000 + 39)", str(folder))
    assert ended.returncode == -signal.SIGSYS


@pytest.mark.parametrize("name", kernel.MACHINES)
@pytest.mark.parametrize("tasks", Tasks)
def test_the_filter_of_each_architecture_fits_and_jumps_nowhere_outside(name: str, tasks: Tasks) -> None:
    lines = seccomp.program(kernel.MACHINES[name], 1, tasks, code=False)
    assert len(lines) < 4096
    for place, (_, if_true, if_false, _) in enumerate(lines):
        assert place + max(if_true, if_false) + 1 <= len(lines)


def test_the_machine_is_probed() -> None:
    assert ABILITIES.landlock >= 1
    assert ABILITIES.seccomp
    assert ABILITIES.namespaces == (not ABILITIES.namespaces_missing)
