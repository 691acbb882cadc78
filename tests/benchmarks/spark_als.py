"""How long ALS learns beside Spark's, from the same simulated ratings, on two threads each.

    python tests/benchmarks/spark_als.py --size 1e6

Both solve the same problem: no biases, λ weighted by the number of ratings, the same factors and
iterations. They start from other random factors; Spark keeps factors in single precision, ours
in double, and ours looks at its RMSE after every iteration. The clock runs while they learn from
a table in memory; what Spark needs to start is not in it, and a first fit on a few ratings has
loaded and warmed what it compiles.
"""

import argparse
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
from rounds import paired, read, show, write

from nbhelpers import spark
from nbhelpers.evaluation.metrics import rmse
from nbhelpers.models.als import ALS
from nbhelpers.spark.als import Fitted, learner
from nbhelpers.teaching.costs import alone, seconds

FACTORS = {10**5: 20, 10**6: 50, 10**7: 50}
EPOCHS = {10**5: 10, 10**6: 10, 10**7: 5}
REG = 0.1
MEMORY = "4g"  # of the Java process, at most
TOLERANCE = 0.01


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--size", type=float, default=1e6)
    parser.add_argument("--rounds", type=int, default=1)
    options = parser.parse_args()
    try:
        found = rows(int(options.size), options.rounds)
    except ImportError as missing:
        print(f"spark_als is skipped: {missing}")
    else:
        show(found)


def rows(size: int, rounds: int = 1) -> list[dict[str, Any]]:
    """Return a row; none at sizes for which Spark takes more than minutes here.

    Raises
    ------
    ImportError
        If Spark cannot run.
    """
    if missing := spark.available():
        raise ImportError(missing)
    if size not in FACTORS:
        print("spark_als is skipped: at this size Spark takes more than minutes on two cores.")
        return []
    epochs = EPOCHS[size]
    ours, theirs = [], []
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        alone(write, folder, "ratings", size, 0.02)
        alone(as_parquet, folder)
        for _ in range(rounds):
            (took, mine), peak = alone(fit_ours, folder, FACTORS[size], epochs)
            ours.append((took, peak))
            (took, other, java), peak = alone(fit_spark, folder, FACTORS[size], epochs)
            theirs.append((took, peak + java))
    row = paired(
        ours,
        theirs,
        task="spark_als",
        size=size,
        peer="pyspark.ml ALS, local[2]",
        equal=abs(mine - other) < TOLERANCE,
    )
    each = f"{row['ours_s'] / epochs:.3g} and {row['peer_s'] / epochs:.3g} s an iteration"
    row["detail"] = f"held-out RMSE {mine:.4f} and {other:.4f}; {each}"
    print(row["detail"])
    return [row]


def as_parquet(folder: Path) -> None:
    for part in ("train", "test"):
        read(folder, "ratings", part).to_parquet(folder / f"{part}.parquet")


def fit_ours(folder: Path, rank: int, epochs: int) -> tuple[float, float]:
    """Return seconds and held-out RMSE."""
    train, test = (read(folder, "ratings", part) for part in ("train", "test"))
    settings = {"reg": REG, "biased": False, "n_threads": 2}
    ALS(rank, 1, **settings).fit(train[:1000])  # loads what is compiled
    took, model = seconds(lambda: ALS(rank, epochs, **settings).fit(train))
    return took, rmse(test["rating"], model.predict(test["user_id"], test["movie_id"]))


def fit_spark(folder: Path, rank: int, epochs: int) -> tuple[float, float, float]:
    """Return seconds, held-out RMSE, and the peak of the Java process in MB."""
    with spark.session(memory=MEMORY) as session:
        train, test = (spark.read(folder / f"{part}.parquet") for part in ("train", "test"))
        few = train.limit(1000).persist()
        spark.factorise(few, few, ranks=[rank], regs=[REG], n_epochs=2)
        train.persist().count()
        als = learner(rank, REG, epochs, blocks=2)
        took, model = seconds(lambda: als.fit(train))
        mean = float(np.mean(read(folder, "ratings")["rating"]))
        fitted = Fitted(model, train, mean, None)
        found = spark.error(fitted, test).rmse
        return took, found, peak_of(session.sparkContext._gateway.proc.pid)


def peak_of(process: int) -> float:
    """Return the highest memory of another process so far, in MB; 0 where no file tells."""
    status = Path(f"/proc/{process}/status")
    if not status.exists():
        return 0.0
    line = next(ln for ln in status.read_text("ascii").splitlines() if "VmHWM" in ln)
    return int(line.split()[1]) / 1e3


if __name__ == "__main__":
    main()
