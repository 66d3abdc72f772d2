// SPDX-License-Identifier: Apache-2.0
#include "analysis/regression/feature_words.h"

#include <cmath>

#include "analysis/drift_words.h"
#include "analysis/words.h"
#include "storage/model/units.h"

namespace seep::analysis {
namespace {

std::string Runs(size_t runs) {
  return runs == 1 ? "1 run" : std::to_string(runs) + " runs";
}

}  // namespace

std::string FeatureValue(double value, std::string_view unit) {
  if (unit == "seconds" && value >= 0) return Latency(value);
  if (unit == "share") return Percent(value);
  if (unit == "1/s") return Number(value) + " per second";
  return model::FormatQuantity(value, std::string(unit));
}

std::string DifferenceInWords(const model::MetricChange& change) {
  const char* direction = change.difference < 0 ? " less" : " more";
  const double size = std::abs(change.difference);
  if (change.is_relative) return Percent(size) + direction;
  return FeatureValue(size, change.unit) + direction;
}

std::string ExplainChange(const model::MetricChange& change) {
  const std::string title = change.title + ": ";
  if (!change.base || !change.value) {
    if (change.value) {
      return title + FeatureValue(*change.value, change.unit) + "; the baseline has no such figure";
    }
    return title + "not measured in this run; the baseline has " +
           FeatureValue(*change.base, change.unit);
  }
  std::string text =
      title + FeatureValue(*change.value, change.unit) + ", " + DifferenceInWords(change) +
      " than " + FeatureValue(*change.base, change.unit) + " (" + Runs(change.base_runs) +
      "); other runs of one build stay within " + FeatureValue(change.expected_low, change.unit) +
      " and " + FeatureValue(change.expected_high, change.unit);
  if (change.change == model::ChangeClass::kProvisional) {
    text += "; one run is no proof: compare with more runs, or give a second run of this build";
  }
  return text;
}

}  // namespace seep::analysis
