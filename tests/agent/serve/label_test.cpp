// SPDX-License-Identifier: Apache-2.0
#include "agent/serve/label.h"

#include <catch2/catch.hpp>

#include "agent/serve/metric_name.h"

using namespace seep::serve;

TEST_CASE("a label value is valid UTF-8 without control characters") {
  CHECK(LabelValue("caf\xc3\xa9 \"x\" \\") == "caf\xc3\xa9 \"x\" \\");
  CHECK(LabelValue("a\nb\tc\x7f") == "a?b?c?");
  CHECK(LabelValue("\xff\xfe") == "??");
  CHECK(LabelValue("\xc3") == "?");                 // cut off
  CHECK(LabelValue("\xc0\xaf") == "??");            // overlong
  CHECK(LabelValue("\xed\xa0\x80") == "???");       // a surrogate
  CHECK(LabelValue("\xf4\x90\x80\x80") == "????");  // past U+10FFFF
  CHECK(LabelValue("\xf0\x9f\x92\xa7") == "\xf0\x9f\x92\xa7");
  CHECK(LabelValue(std::string_view("a\0b", 3)) == "a?b");
}

TEST_CASE("a long label value is cut between characters and says so") {
  CHECK(LabelValue(std::string(120, 'x')) == std::string(120, 'x'));
  CHECK(LabelValue(std::string(121, 'x')) == std::string(117, 'x') + "...");
  std::string accents;
  for (int i = 0; i < 100; i++) accents += "\xc3\xa9";
  const std::string cut = LabelValue(accents);
  CHECK(cut.size() == 116 + 3);
  CHECK(LabelValue(cut) == cut);
}

TEST_CASE("a function that was not resolved has no label") {
  CHECK(FunctionLabel("main") == "main");
  CHECK(FunctionLabel("libfoo.so+0x1234").empty());
  CHECK(FunctionLabel("0x7f001234").empty());
  CHECK(FunctionLabel("").empty());
}

TEST_CASE("metrics are named with their base unit") {
  CHECK(NameOf("rss_anon", "bytes").name == "seep_target_rss_anon_bytes");
  CHECK(NameOf("cpu_seconds", "seconds").name == "seep_target_cpu_seconds_total");
  CHECK(NameOf("cpu_seconds", "seconds").is_counter);
  CHECK(NameOf("heap_alloc", "bytes").name == "seep_target_heap_alloc_bytes_total");
  CHECK(NameOf("heap_live_se", "bytes").name == "seep_target_heap_live_standard_error_bytes");
  CHECK(NameOf("fds", "fds").name == "seep_target_fds");
  CHECK(NameOf("fds_tcp_close_wait", "fds").name == "seep_target_fds_by_kind");
  CHECK(NameOf("fds_tcp_close_wait", "fds").kind == "tcp_close_wait");
  CHECK(NameOf("io_read", "bytes").name == "seep_target_io_read_bytes_total");
  CHECK(NameOf("minor_faults", "faults").name == "seep_target_minor_faults_total");
  CHECK(NameOf("psi_io_some", "%").name == "seep_target_psi_io_some_ratio");
  CHECK(NameOf("psi_io_some_seconds", "seconds").name == "seep_target_psi_io_some_seconds_total");
  CHECK(NameOf("latency_p99", "ms").name == "seep_target_latency_p99_seconds");
  CHECK(NameOf("latency_p99", "ms").factor == Approx(0.001));
  CHECK(NameOf("errors", "percent").name == "seep_target_errors_ratio");
  CHECK(RateNameOf("growth", "bytes").name == "seep_target_growth_bytes_per_second");
  CHECK(RateNameOf("growth", "bytes").factor == Approx(1 / 3600.0));
  CHECK(RateNameOf("growth", "threads").name == "seep_target_growth_threads_per_second");
}

TEST_CASE("any text gives a valid name without a reserved ending") {
  CHECK(NameOf("Sockets.ESTABLISHED (tcp)", "sockets").name ==
        "seep_target_sockets_established_tcp");
  CHECK(NameOf("requests_total", "requests").name == "seep_target_requests");
  CHECK(NameOf("", "").name == "seep_target_unnamed");
  CHECK(NameOf("\xff{}\"\n", "b").name == "seep_target_unnamed");
}
