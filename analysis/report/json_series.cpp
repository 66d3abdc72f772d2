// SPDX-License-Identifier: Apache-2.0
#include "analysis/report/json_series.h"

#include "analysis/report/json_load.h"

namespace seep::report {

Json SeriesArray(const ReportInput& input, const std::vector<model::SeriesVerdict>& verdicts) {
  Json all = Json::array();
  for (const model::SeriesVerdict& series : verdicts) {
    all.push_back(
        {{"target_pid", PidOf(input.data, series.target)},
         {"metric", series.metric},
         {"unit", series.unit},
         {"class", model::ToString(series.growth_class)},
         {"slope_per_hour", JsonNumber(series.slope_per_hour)},
         {"ci_low", JsonNumber(series.ci_low)},
         {"ci_high", JsonNumber(series.ci_high)},
         {"detectable_per_hour", JsonNumber(series.detectable_per_hour)},
         {"level", JsonNumber(series.level)},
         {"warmup_end_s", JsonNumber(series.warmup_end_s)},
         {"since_s", JsonNumber(series.since_s)},
         {"is_finding", series.is_finding},
         {"suppressed", series.suppressed_by.has_value()},
         {"points", series.points},
         {"per_million_requests",
          series.per_million_requests ? JsonNumber(*series.per_million_requests) : Json(nullptr)},
         {"source", series.drift ? Json(series.drift->source) : Json(nullptr)},
         {"operation", series.drift ? Json(series.drift->operation) : Json(nullptr)},
         {"drift", DriftObject(series)},
         {"informational", series.is_informational},
         {"explanation", series.explanation}});
  }
  return all;
}

Json LineagesArray(const ReportInput& input) {
  Json all = Json::array();
  for (const model::LineageVerdict& lineage : input.verdict.lineages) {
    Json within = Json::array();
    for (const model::WithinLives& one : lineage.within) {
      within.push_back({{"metric", one.metric},
                        {"unit", one.unit},
                        {"class", model::ToString(one.growth_class)},
                        {"slope_per_hour", JsonNumber(one.slope_per_hour)},
                        {"lives", one.lives},
                        {"rising", one.rising}});
    }
    Json starts = Json::array();
    for (const model::RisingStarts& one : lineage.starts) {
      starts.push_back({{"metric", one.metric},
                        {"unit", one.unit},
                        {"slope_per_hour", JsonNumber(one.slope_per_hour)},
                        {"rise", JsonNumber(one.rise)},
                        {"starts", one.starts},
                        {"is_finding", one.is_finding},
                        {"suppressed", one.suppressed_by.has_value()}});
    }
    all.push_back({{"target_pid", PidOf(input.data, lineage.target)},
                   {"class", model::ToString(lineage.growth_class)},
                   {"lives", lineage.lives},
                   {"life_s", JsonNumber(lineage.life_s)},
                   {"every_s", JsonNumber(lineage.every_s)},
                   {"within", std::move(within)},
                   {"starts", std::move(starts)}});
  }
  return all;
}

}  // namespace seep::report
