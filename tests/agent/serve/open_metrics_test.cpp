// SPDX-License-Identifier: Apache-2.0
#include "agent/serve/open_metrics.h"

#include <fstream>
#include <sstream>

#include <prometheus/text_serializer.h>
#include <catch2/catch.hpp>

#include "agent/serve/metric_families.h"
#include "tests/agent/serve/example_snapshot.h"

using namespace seep::serve;

namespace {

std::string FileText(const std::string& path) {
  std::ostringstream text;
  text << std::ifstream(path, std::ios::binary).rdbuf();
  return text.str();
}

}  // namespace

// To renew: build/ci/bin/serve_example --print text > golden/metrics.txt, and openmetrics likewise;
// the difference is reviewed.
TEST_CASE("the text of the example snapshot is as it was reviewed") {
  const auto families = MetricFamiliesOf(ExampleSnapshot());
  const std::string folder = SEEP_GOLDEN_FOLDER;
  CHECK(prometheus::TextSerializer{}.Serialize(families) == FileText(folder + "/metrics.txt"));
  CHECK(OpenMetricsText(families) == FileText(folder + "/metrics.openmetrics.txt"));
}

TEST_CASE("OpenMetrics: counters, infos and units have their own rules") {
  FamilySet set;
  set.Counter("x_cpu_seconds_total", "CPU", {}, 0.1);
  set.Gauge("x_info", "About \"x\"\\", {{"v", "a\"b\\c\nd"}}, 1);
  set.Gauge("x_bytes", "Size", {{"a", "1"}, {"b", "2"}}, 1e300);
  CHECK(OpenMetricsText(set.Take()) ==
        "# TYPE x_cpu_seconds counter\n"
        "# UNIT x_cpu_seconds seconds\n"
        "# HELP x_cpu_seconds CPU\n"
        "x_cpu_seconds_total 0.1\n"
        "# TYPE x info\n"
        "# HELP x About \\\"x\\\"\\\\\n"
        "x_info{v=\"a\\\"b\\\\c\\nd\"} 1\n"
        "# TYPE x_bytes gauge\n"
        "# UNIT x_bytes bytes\n"
        "# HELP x_bytes Size\n"
        "x_bytes{a=\"1\",b=\"2\"} 1e+300\n"
        "# EOF\n");
  CHECK(OpenMetricsText({}) == "# EOF\n");
}

TEST_CASE("OpenMetrics is served to those who prefer it") {
  CHECK(AcceptsOpenMetrics("application/openmetrics-text"));
  // Prometheus 2.42.
  CHECK(
      AcceptsOpenMetrics("application/openmetrics-text;version=1.0.0,application/"
                         "openmetrics-text;version=0.0.1;q=0.75,text/plain;version=0.0.4;q=0.5,"
                         "*/*;q=0.1"));
  CHECK_FALSE(AcceptsOpenMetrics(""));
  CHECK_FALSE(AcceptsOpenMetrics("*/*"));
  CHECK_FALSE(AcceptsOpenMetrics("text/plain"));
  CHECK_FALSE(AcceptsOpenMetrics("application/openmetrics-text;q=0"));
  CHECK_FALSE(AcceptsOpenMetrics("application/openmetrics-text;q=0.3, text/plain;q=0.4"));
  CHECK_FALSE(AcceptsOpenMetrics(";;;,,,q=;=,application/openmetrics-textual"));
}
