// SPDX-License-Identifier: Apache-2.0
// hey -o csv: response-time and offset of each request in seconds, status-code; all written at the
// end, which therefore is when the file was last written. Requests that nobody answered are not in
// it.
#include <algorithm>
#include <vector>

#include "probes/endpoint/csv_table.h"
#include "probes/endpoint/load_reader.h"

namespace seep::endpoint {
namespace {

constexpr size_t kMostAnswers = 2'000'000;  // hey itself keeps a million

class HeyReader : public LoadReader {
 public:
  bool Read(std::string_view line, AnswerSink& /*sink*/) override {
    const CsvTable::Line taken = table_.Take(line);
    if (taken != CsvTable::Line::kRow) return taken == CsvTable::Line::kNone;
    const auto took_s = table_.Number("response-time");
    const auto offset_s = table_.Number("offset");
    const auto status = table_.Number("status-code");
    if (!took_s || !offset_s || !status || *took_s < 0 || *offset_s < 0) return false;
    if (answers_.size() == kMostAnswers) return false;
    answers_.push_back({static_cast<float>(*offset_s + *took_s), static_cast<float>(*took_s),
                        *status < 100 || *status >= 400});
    return true;
  }
  void Restart() override {
    table_.Restart();
    answers_.clear();
  }
  void Complete(double modified_at_s, AnswerSink& sink) override {
    if (answers_.empty()) return;
    std::ranges::sort(answers_, {}, &Row::at_s);
    const double begun_at_s = modified_at_s - answers_.back().at_s;
    for (const Row& row : answers_) {
      sink.Take(Answer{begun_at_s + row.at_s, row.took_s, row.is_error, {}});
    }
    answers_ = {};
  }
  bool is_told_at_the_end() const override { return true; }

 private:
  struct Row {
    float at_s;  // since the start of hey
    float took_s;
    bool is_error;
  };
  CsvTable table_{"response-time"};
  std::vector<Row> answers_;
};

}  // namespace

std::unique_ptr<LoadReader> MakeHeyReader() {
  return std::make_unique<HeyReader>();
}

}  // namespace seep::endpoint
