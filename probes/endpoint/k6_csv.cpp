// SPDX-License-Identifier: Apache-2.0
// k6 run --out csv=FILE:
// metric_name,timestamp,metric_value,...,expected_response,...,name,...,status.
#include "probes/endpoint/csv_table.h"
#include "probes/endpoint/load_reader.h"
#include "probes/endpoint/realtime.h"

namespace seep::endpoint {
namespace {

class K6CsvReader : public LoadReader {
 public:
  bool Read(std::string_view line, AnswerSink& sink) override {
    const CsvTable::Line taken = table_.Take(line);
    if (taken != CsvTable::Line::kRow) return taken == CsvTable::Line::kNone;
    const std::string_view metric = table_.Text("metric_name");
    if (metric != "http_req_duration" && metric != "vus") return true;
    // K6_CSV_TIME_FORMAT: unix, unix_milli, unix_micro, unix_nano, rfc3339.
    auto at_s = ParseEpoch(table_.Text("timestamp"));
    if (!at_s) at_s = ParseTimestamp(table_.Text("timestamp"));
    const auto value = table_.Number("metric_value");
    if (!at_s || !value || *value < 0) return false;
    if (metric == "vus") {
      sink.TakeConcurrency(*at_s, *value);
    } else {
      sink.Take(Answer{*at_s, *value / 1000, IsError(), std::string(table_.Text("name"))});
    }
    return true;
  }
  void Restart() override { table_.Restart(); }

 private:
  bool IsError() const {
    const std::string_view expected = table_.Text("expected_response");
    if (!expected.empty()) return expected != "true";
    const auto status = table_.Number("status");
    return status && (*status < 100 || *status >= 400);
  }

  CsvTable table_{"metric_name"};
};

}  // namespace

std::unique_ptr<LoadReader> MakeK6CsvReader() {
  return std::make_unique<K6CsvReader>();
}

}  // namespace seep::endpoint
