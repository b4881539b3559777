"""With CCPERF_NO_SKIPS=1 a skipped test fails the run: where everything is installed, nothing is left out."""

import os

import pytest

WANTED = os.environ.get("CCPERF_NO_SKIPS") == "1"
skipped: list[str] = []


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    if report.skipped and not hasattr(report, "wasxfail"):
        skipped.append(f"{report.nodeid}: {_reason(report)}")


def pytest_collectreport(report: pytest.CollectReport) -> None:
    if report.skipped:
        skipped.append(f"{report.nodeid}: {_reason(report)}")


def _reason(report: pytest.TestReport | pytest.CollectReport) -> str:
    return report.longrepr[2] if isinstance(report.longrepr, tuple) else str(report.longrepr)


def pytest_sessionfinish(session: pytest.Session, exitstatus: int) -> None:
    if WANTED and skipped and exitstatus == pytest.ExitCode.OK:
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    if WANTED and skipped:
        terminalreporter.section("skipped although CCPERF_NO_SKIPS=1", red=True)
        for line in skipped:
            terminalreporter.line(line)
