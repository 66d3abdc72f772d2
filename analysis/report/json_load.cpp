// SPDX-License-Identifier: Apache-2.0
#include "analysis/report/json_load.h"

namespace seep::report {
namespace {

Json QuantilesObject(const model::LatencyQuantiles& quantiles) {
  return {{"p50_s", JsonNumber(quantiles.p50_s)},
          {"p95_s", JsonNumber(quantiles.p95_s)},
          {"p99_s", JsonNumber(quantiles.p99_s)}};
}

}  // namespace

Json LoadObject(const model::LoadVerdict& load) {
  if (load.operations.empty()) return nullptr;
  Json operations = Json::array();
  for (const model::OperationStanding& one : load.operations) {
    operations.push_back(
        {{"source", one.source},
         {"operation", one.operation},
         {"begin_s", JsonNumber(one.begin_s)},
         {"end_s", JsonNumber(one.end_s)},
         {"requests", JsonNumber(one.requests)},
         {"errors", JsonNumber(one.errors)},
         {"requests_per_s", JsonNumber(one.requests_per_s)},
         {"requests_per_s_low", JsonNumber(one.least_per_s)},
         {"requests_per_s_high", JsonNumber(one.most_per_s)},
         {"concurrency", one.concurrency ? JsonNumber(*one.concurrency) : Json(nullptr)},
         {"latency", QuantilesObject(one.measured)},
         {"latency_corrected", one.corrected ? QuantilesObject(*one.corrected) : Json(nullptr)}});
  }
  return {{"covariate_source",
           load.covariate_source.empty() ? Json(nullptr) : Json(load.covariate_source)},
          {"operations", std::move(operations)}};
}

Json DriftObject(const model::SeriesVerdict& series) {
  if (!series.drift) return nullptr;
  const model::DriftFigures& drift = *series.drift;
  return {{"change_per_day", JsonNumber(drift.change_per_day)},
          {"change_low", JsonNumber(drift.change_low)},
          {"change_high", JsonNumber(drift.change_high)},
          {"change_seen", JsonNumber(drift.change_seen)},
          {"from", JsonNumber(drift.from)},
          {"to", JsonNumber(drift.to)},
          {"p_value", JsonNumber(drift.p_value)}};
}

}  // namespace seep::report
