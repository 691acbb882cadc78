"""The way to Spark and back: whether it can run here, a session, tables in and out."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tempfile
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

from nbhelpers.errors import DataError

if TYPE_CHECKING:
    from py4j.java_gateway import JavaGateway
    from pyspark import SparkContext
    from pyspark.sql import DataFrame, SparkSession

JAVA = 17  # the oldest that Spark 4 runs on
COLUMNS = {"user_id": "int", "movie_id": "int", "rating": "float"}


def available() -> str:
    """Say whether Spark can run here.

    Returns
    -------
    str
        Empty if it can, else a sentence that says what is missing and what to do.
    """
    if find_spec("pyspark") is None:
        return 'Spark is not installed: `make spark`, or pip install "pyspark>=4.0".'
    home = os.environ.get("JAVA_HOME")
    java = shutil.which("java", path=Path(home, "bin") if home else None)
    if java is None:
        where = f"in JAVA_HOME ({home})" if home else "on the PATH, and JAVA_HOME is not set"
        return f"Spark needs Java {JAVA} or newer, but there is none {where}: install a JDK."
    said = subprocess.run([java, "-version"], capture_output=True, text=True).stderr
    version = re.search(r'version "(?:1\.)?(\d+)', said)
    if version is None or int(version[1]) < JAVA:
        found = version[1] if version else "none that runs"
        return f"Spark needs Java {JAVA} or newer, but {java} is {found}: install a newer JDK."
    return ""


@contextmanager
def session(
    app: str = "nbhelpers", master: str = "local[2]", memory: str = "4g"
) -> Iterator[SparkSession]:
    """Start Spark, quietly, and stop it afterwards.

    Where a session is running already (a notebook on a cluster has one), it is that one, and it
    goes on.

    Parameters
    ----------
    app : str
        The name under which a cluster lists it.
    master : str
        ``"local[2]"``: two threads of this machine. A cluster: ``"spark://host:7077"``,
        ``"yarn"``, ``"k8s://…"``.
    memory : str
        Of the driver and of each executor; on one machine they are the same process.

    Yields
    ------
    pyspark.sql.SparkSession

    Raises
    ------
    RuntimeError
        If Spark is not available, or does not start.
    """
    if missing := available():
        raise RuntimeError(missing)
    with _without_warnings():
        from pyspark.sql import SparkSession
    if running := SparkSession.getActiveSession():
        yield running
        return
    with tempfile.TemporaryDirectory(prefix="spark-", ignore_cleanup_errors=True) as folder:
        settings = {
            "spark.app.name": app,
            "spark.master": master,
            "spark.driver.memory": memory,
            "spark.executor.memory": memory,
            "spark.ui.enabled": "false",
            "spark.ui.showConsoleProgress": "false",
            "spark.local.dir": folder,
            "spark.sql.warehouse.dir": folder,
            "spark.sql.session.timeZone": "UTC",
            "spark.sql.execution.arrow.pyspark.enabled": "true",
        }
        if master.startswith("local"):
            settings |= {"spark.driver.host": "127.0.0.1", "spark.driver.bindAddress": "127.0.0.1"}
            settings["spark.sql.shuffle.partitions"] = "8"  # two hundred are for a cluster
            os.environ["PYSPARK_PYTHON"] = sys.executable
        with _started(settings, Path(folder, "java.log")) as spark:
            yield spark


@contextmanager
def _started(settings: dict[str, str], log: Path) -> Iterator[SparkSession]:
    with _without_warnings():
        from pyspark.sql import SparkSession

        context, gateway = _start(settings, log)
        spark = SparkSession(context)
    try:
        yield spark
    finally:
        context.stop()
        _close(gateway)


def _start(settings: dict[str, str], log: Path) -> tuple[SparkContext, JavaGateway]:
    """Start a Java process whose words go into a file rather than into the notebook."""
    from py4j.protocol import Py4JError
    from pyspark import SparkConf, SparkContext
    from pyspark.errors import PySparkException
    from pyspark.java_gateway import launch_gateway

    conf = SparkConf(loadDefaults=False).setAll(settings.items())
    gateway = None
    try:
        with open(log, "wb") as output:
            gateway = launch_gateway(conf, {"stdout": output, "stderr": output})
        context = SparkContext(conf=conf, gateway=gateway)
    except (PySparkException, Py4JError) as error:
        _close(gateway)
        words = log.read_text(encoding="utf-8", errors="replace").splitlines()
        said = next((line for line in words if re.search("invalid|error", line, re.I)), str(error))
        raise RuntimeError(f"Spark does not start: {said}") from None
    context.setLogLevel("ERROR")
    return context, gateway


def _close(gateway: JavaGateway | None) -> None:
    """End the Java process: the next session may ask for more memory."""
    from pyspark import SparkContext

    # Spark keeps both for good, and has no public way to make it forget them.
    SparkContext._gateway = SparkContext._jvm = None
    if gateway is not None and gateway.proc is not None:  # none where a cluster started this Python
        gateway.shutdown()
        gateway.proc.stdin.close()
        gateway.proc.wait()


def read(path: str | Path) -> DataFrame:
    """Read ratings from Parquet, without bringing them into Python.

    Parameters
    ----------
    path : path-like
        A file or folder that all machines of the cluster can read (``hdfs://…``, ``s3a://…``);
        on one machine, what ``ratings.to_parquet(path)`` wrote.

    Returns
    -------
    pyspark.sql.DataFrame
        user_id int, movie_id int, rating float.

    Raises
    ------
    DataError
        If there is no Parquet, or not with these columns.
    """
    from py4j.protocol import Py4JJavaError
    from pyspark.errors import PySparkException
    from pyspark.sql import SparkSession
    from pyspark.sql import functions as F

    expected = f"Parquet with the columns {', '.join(COLUMNS)}."
    try:
        table = SparkSession.active().read.parquet(str(path))
    except (PySparkException, Py4JJavaError) as error:
        reason = _reason(error)
        raise DataError(f"Spark cannot read {path}: {reason}.", expected=expected) from None
    if missing := COLUMNS.keys() - set(table.columns):
        raise DataError(f"{path} lacks {', '.join(sorted(missing))}.", expected=expected)
    return table.select(*(F.col(name).cast(kind) for name, kind in COLUMNS.items()))


def _reason(error: Exception) -> str:
    """Return what a Java trace comes down to."""
    cause = getattr(error, "java_exception", None)
    while cause is not None and cause.getCause() is not None:
        cause = cause.getCause()
    said = str(cause.getMessage() if cause is not None else error).splitlines()[0]
    return re.sub(r" SQLSTATE: \w+$", "", said).removesuffix(".")


@contextmanager
def _without_warnings() -> Iterator[None]:
    """Hide what Spark and pandas 3 say of each other whenever they meet."""
    with warnings.catch_warnings():
        for category in (FutureWarning, DeprecationWarning):
            warnings.simplefilter("ignore", category)
        yield
