# SPDX-License-Identifier: Apache-2.0
"""The programs of bench/regression: how each build is started, its load, and where the load is told."""
import os
import threading
import time

from real_targets import Redis, Sqlite


class RequestService:
    """The zoo's service: three builds of one source. It makes and tells its load itself."""
    title, function = "seep_zoo_request", "RenderPage"
    variants = ("base", "more", "refactored")

    def __init__(self, folder, build):
        self.build, self.answers = build, os.path.join(folder, "answers.jtl")
        self.load_source = f"jmeter:{self.answers}"

    def settings(self, _):
        return {"ZOO_ANSWERS": self.answers}

    def command(self, variant):
        return self.build.program(f"seep_zoo_request_{variant}", "--seconds 0 --rate 400")

    def load(self, run):
        pass


class Injected:
    """A real program whose `function` gets larger blocks from the injector: `share` of all that is allocated
    is beneath it, so that 5 % more of all is 5 % / share more there."""
    variants = ("base", "more")
    is_answered = True  # else requests are written into a pipe: how long that takes says nothing

    def __init__(self, folder, build):
        self.build, self.program = build, self.kind(folder)
        self.answers = os.path.join(folder, "answers.csv")
        self.load_source = f"k6-csv:{self.answers}"
        self.lock = threading.Lock()
        with open(self.answers, "w", encoding="utf-8") as file:
            file.write("metric_name,timestamp,metric_value,error,expected_response,name,status\n")

    def settings(self, variant):
        """Under the injector in any case: its own frames are in all stacks then."""
        change = {"SEEP_LEAK_MORE": f"{0.05 / self.share:.4f}"} if variant == "more" else {"SEEP_LEAK_FRACTION": "0"}
        return dict(self.program.environment, SEEP_LEAK_FUNCTION=self.kind.function, **change,
                    LD_PRELOAD=os.path.join(self.build.folder, "lib", "libseep_test_leak.so"))

    def command(self, _):
        return self.program.command()

    def load(self, run):
        run.answered = self.answered
        self.program.steady(run)

    def answered(self, count, seconds):
        seconds = seconds if self.is_answered else 0
        line = f"http_req_duration,{time.time():.3f},{1000 * seconds / count:.4f},,true,steady,200\n"
        with self.lock, open(self.answers, "a", encoding="utf-8") as file:
            file.write(line * count)


class RedisService(Injected):
    title, kind, function, share = "redis-server", Redis, "createStringObject", 0.97


class SqliteService(Injected):
    is_answered = False
    title, kind, function, share = "sqlite3", Sqlite, "sqlite3VdbeMemGrow", 0.5


PROGRAMS = (RequestService, RedisService, SqliteService)
