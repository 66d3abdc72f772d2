// SPDX-License-Identifier: Apache-2.0
#include "agent/serve/run_open_metrics.h"

#include <catch2/catch.hpp>

#include <limits>

using namespace seep;
using namespace seep::serve;

TEST_CASE("each sample has its time, each family is in one piece") {
  model::RunData data;
  data.run.name = "shop";
  data.run.host = "web\"1";
  data.run.started_at_ns = 1'700'000'000'250'000'000;
  for (const int pid : {12, 11}) {
    model::Target target;
    target.id = model::TargetId{pid};
    target.pid = pid;
    data.targets.push_back(target);
  }
  const double nan = std::numeric_limits<double>::quiet_NaN();
  data.series = {
      {{model::SeriesId{1}, model::TargetId{12}, "fds", "fds"}, {{0.25, 3}, {0.2504, 4}, {1, nan}}},
      {{model::SeriesId{2}, model::TargetId{12}, "cpu_seconds", "seconds"}, {{1, 0.5}}},
      {{model::SeriesId{3}, model::TargetId{11}, "fds", "fds"}, {{2, 5}}},
      {{model::SeriesId{4}, model::TargetId{11}, "pss", "bytes"}, {}}};
  data.load = {{.begin_s = 0, .end_s = 10, .source = "k6", .operation = "", .requests = 50}};
  CHECK(RunOpenMetrics(data) ==
        "# TYPE seep_service_error_ratio gauge\n"
        "# UNIT seep_service_error_ratio ratio\n"
        "# HELP seep_service_error_ratio Share of the answers that were errors\n"
        "seep_service_error_ratio{instance=\"web\\\"1\",service=\"shop\",source=\"k6\"} 0 "
        "1700000010.25\n"
        "# TYPE seep_service_requests_per_second gauge\n"
        "# HELP seep_service_requests_per_second Requests that were answered, well or not\n"
        "seep_service_requests_per_second{instance=\"web\\\"1\",service=\"shop\",source=\"k6\"} 5 "
        "1700000010.25\n"
        "# TYPE seep_target_cpu_seconds counter\n"
        "# UNIT seep_target_cpu_seconds seconds\n"
        "# HELP seep_target_cpu_seconds Metric cpu_seconds of the database\n"
        "seep_target_cpu_seconds_total{instance=\"web\\\"1\",service=\"shop\",pid=\"12\"} 0.5 "
        "1700000001.25\n"
        "# TYPE seep_target_fds gauge\n"
        "# HELP seep_target_fds Metric fds of the database\n"
        "seep_target_fds{instance=\"web\\\"1\",service=\"shop\",pid=\"11\"} 5 1700000002.25\n"
        "seep_target_fds{instance=\"web\\\"1\",service=\"shop\",pid=\"12\"} 3 1700000000.5\n"
        "# EOF\n");
}
