// SPDX-License-Identifier: Apache-2.0
#include "analysis/export/csv.h"

#include <catch2/catch.hpp>

#include "tests/analysis/export/example_run.h"

using namespace seep;
using namespace seep::exports;

TEST_CASE("a value a line, in quotes where it has to be") {
  model::RunData data = ExampleRun();
  data.targets[0].command_line = "a,\"b\"\n";
  data.targets[0].exe = data.targets[0].command_line;
  data.series = {{{model::SeriesId{1}, kShop, "rss_anon", "bytes"}, {{0.1, 4096}, {5.25, 1e15}}},
                 {{model::SeriesId{2}, kDisk, "cpu_seconds", "seconds"}, {{1, 0.3}}}};
  CHECK(ToCsv(data) ==
        "t_s,process,metric,unit,value\r\n"
        "0.1,\"a,\"\"b\"\"? (pid 10)\",rss_anon,bytes,4096\r\n"
        "5.25,\"a,\"\"b\"\"? (pid 10)\",rss_anon,bytes,1e+15\r\n"
        "1,disk (pid 12),cpu_seconds,seconds,0.3\r\n");
}

TEST_CASE("the load comes behind the processes") {
  model::RunData data = ExampleRun();
  data.load = {{.begin_s = 10,
                .end_s = 20,
                .source = "k6",
                .operation = "",
                .requests = 50,
                .errors = 5,
                .latency = {{0.1, 0.1, 50}}},
               {.begin_s = 20, .end_s = 30, .source = "k6", .operation = "GET /", .requests = 0}};
  CHECK(ToCsv(data) ==
        "t_s,process,metric,unit,value\r\n"
        "20,k6,throughput,requests/s,5\r\n"
        "20,k6,error_rate,ratio,0.1\r\n"
        "20,k6,latency_p50,seconds,0.1\r\n"
        "20,k6,latency_p95,seconds,0.1\r\n"
        "20,k6,latency_p99,seconds,0.1\r\n"
        "30,k6 [GET /],throughput,requests/s,0\r\n");
}
