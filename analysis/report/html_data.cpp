// SPDX-License-Identifier: Apache-2.0
#include "analysis/report/html_data.h"

#include "analysis/report/answers.h"
#include "analysis/report/html_memory.h"
#include "analysis/report/html_series.h"
#include "analysis/report/html_stacks.h"
#include "analysis/report/json.h"
#include "analysis/report/plain_text.h"

namespace seep::report {
namespace {

using Json = nlohmann::ordered_json;

Json AnswersData(const ReportInput& input) {
  Json answers = Json::array();
  for (const Answer& answer : AnswersOf(input)) {
    if (!answer.label.empty()) {
      answers.push_back({{"label", answer.label}, {"lines", Json::array()}});
    }
    if (!answers.empty()) answers.back()["lines"].push_back(OneLine(answer.content));
  }
  return answers;
}

Json ProcessesData(const ReportInput& input) {
  Json processes = Json::array();
  for (const model::Target& target : input.data.targets) {
    processes.push_back(
        {{"id", static_cast<int64_t>(target.id)}, {"name", TargetName(input.data, target.id)}});
  }
  return processes;
}

}  // namespace

Json HtmlData(const ReportInput& input) {
  FrameTable table;
  Json data = {{"report", JsonReport(input)},       {"answers", AnswersData(input)},
               {"processes", ProcessesData(input)}, {"series", SeriesData(input)},
               {"memory", MemoryData(input)},       {"stacks", StacksData(input, table)}};
  data["frames"] = table.Data();
  return data;
}

}  // namespace seep::report
