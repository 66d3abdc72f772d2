// SPDX-License-Identifier: Apache-2.0
// JMeter's results (JTL) as CSV: timeStamp (ms since 1970, begin of the sample), elapsed (ms),
// label, responseCode, ..., success, ..., allThreads. XML results are another format, and not read.
#include "probes/endpoint/csv_table.h"
#include "probes/endpoint/load_reader.h"
#include "probes/endpoint/realtime.h"

namespace seep::endpoint {
namespace {

// Of a file without a header: what JMeter 5 writes by default.
std::vector<std::string> DefaultColumns() {
  return {
      "timeStamp",  "elapsed", "label",          "responseCode", "responseMessage", "threadName",
      "dataType",   "success", "failureMessage", "bytes",        "sentBytes",       "grpThreads",
      "allThreads", "URL",     "Latency",        "IdleTime",     "Connect"};
}

class JmeterReader : public LoadReader {
 public:
  bool Read(std::string_view line, AnswerSink& sink) override {
    const CsvTable::Line taken = table_.Take(line);
    if (taken != CsvTable::Line::kRow) return taken == CsvTable::Line::kNone;
    const auto begun_s = ParseEpoch(table_.Text("timeStamp"));
    const auto elapsed_ms = table_.Number("elapsed");
    if (!begun_s || !elapsed_ms || *elapsed_ms < 0) return false;
    const double took_s = *elapsed_ms / 1000;
    sink.Take(Answer{*begun_s + took_s, took_s, IsError(), std::string(table_.Text("label"))});
    if (const auto users = table_.Number("allThreads"); users && *users >= 0) {
      sink.TakeConcurrency(*begun_s + took_s, *users);
    }
    return true;
  }
  void Restart() override { table_.Restart(); }

 private:
  bool IsError() const {
    if (table_.has("success")) return table_.Text("success") != "true";
    const std::string_view code = table_.Text("responseCode");
    return !code.starts_with('2') && !code.starts_with('3');
  }

  CsvTable table_{"timeStamp", DefaultColumns()};
};

}  // namespace

std::unique_ptr<LoadReader> MakeJmeterReader() {
  return std::make_unique<JmeterReader>();
}

}  // namespace seep::endpoint
