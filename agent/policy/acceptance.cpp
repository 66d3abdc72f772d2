// SPDX-License-Identifier: Apache-2.0
#include "agent/policy/acceptance.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <iterator>
#include <map>

#include "analysis/policy/explained.h"
#include "analysis/policy/stack_identity.h"
#include "analysis/policy/suppressions.h"
#include "analysis/report/plain_text.h"
#include "analysis/series/metric_kind.h"
#include "storage/model/units.h"

namespace seep::agent {
namespace {

constexpr double kMargin = 1.25;  // for a load that is not quite the same

// Growth per hour, together, and the least it may be.
struct Rate {
  double value = 0;
  double low = 0;

  // As far above as the lower bound is below, and the margin; three digits, rounded up.
  double Recorded() const {
    const double upper = kMargin * (2 * value - low);
    if (!(upper > 0)) return 0;
    const double unit = std::pow(10, std::floor(std::log10(upper)) - 2);
    return std::ceil(upper / unit) * unit;
  }
};

std::string Places(const std::vector<model::SourceFrame>& frames) {
  constexpr size_t kMostFrames = 3;
  constexpr size_t kMostColumns = 60;
  std::string places;
  for (size_t i = 0; i < std::min(frames.size(), kMostFrames); ++i) {
    places +=
        (i == 0 ? "" : ", ") + report::Shorten(report::OneLine(frames[i].function), kMostColumns);
  }
  return places;
}

std::vector<Accepted> AcceptStacks(const model::Suppression& common,
                                   const analysis::StackFrames& frames,
                                   const model::Verdict& verdict) {
  std::vector<Accepted> accepted;
  std::map<std::string, Rate> rates;
  for (const auto* stacks : {&verdict.stacks, &verdict.small_stacks}) {
    for (const model::StackVerdict& stack : *stacks) {
      const auto found = frames.find(stack.stack);
      // Of a stack without frames nothing tells it from others.
      if (stack.suppressed_by || found == frames.end() || found->second.empty()) continue;
      const std::string fingerprint = analysis::FingerprintOf(stack, found->second);
      const auto [rate, is_new] = rates.try_emplace(fingerprint);
      rate->second.value += stack.growth_bytes_per_hour;
      rate->second.low += stack.ci_low;
      if (!is_new) continue;
      accepted.push_back({common, Places(found->second)});
      accepted.back().suppression.fingerprint = fingerprint;
    }
  }
  for (Accepted& one : accepted) {
    const Rate& rate = rates[one.suppression.fingerprint];
    one.suppression.rate_per_hour = rate.Recorded();
    one.comment = model::FormatBytes(rate.value) + " per hour: " + one.comment;
  }
  return accepted;
}

std::vector<Accepted> AcceptMetrics(const model::Suppression& common,
                                    const model::Verdict& verdict) {
  std::map<std::string, Rate> rates;  // of the process where it grows fastest
  const auto add = [&rates](const std::string& metric, double value, double low) {
    Rate& rate = rates[metric];
    if (Rate{value, low}.Recorded() > rate.Recorded()) rate = {value, low};
  };
  for (const auto* all : {&verdict.series, &verdict.service}) {
    for (const model::SeriesVerdict& series : *all) {
      const bool is_open = series.is_finding && !series.drift && !series.suppressed_by;
      if (is_open) add(series.metric, series.slope_per_hour, series.ci_low);
    }
  }
  for (const model::LineageVerdict& lineage : verdict.lineages) {
    for (const model::RisingStarts& start : lineage.starts) {
      const bool is_open = start.is_finding && !start.suppressed_by;
      if (is_open) add(start.metric, start.slope_per_hour, start.slope_per_hour);
    }
  }
  std::vector<Accepted> accepted;
  for (const auto& [metric, rate] : rates) {
    accepted.push_back(
        {common,
         model::FormatQuantity(rate.value, analysis::KindOf(metric, {}).unit) + " per hour"});
    accepted.back().suppression.metric = metric;
    accepted.back().suppression.rate_per_hour = rate.Recorded();
  }
  return accepted;
}

// A basic string of TOML; `text` may be anything.
std::string Quoted(const std::string& text) {
  std::string quoted = "\"";
  for (const char c : report::OneLine(text)) {
    if (c == '"' || c == '\\') quoted += '\\';
    quoted += c;
  }
  return quoted + '"';
}

// A size of TOML, rounded up.
std::string SizeAbove(double bytes) {
  constexpr double kKiB = 1024;
  constexpr double kMostKiB = 100 * kKiB;
  const double kib = std::max(1.0, std::ceil(bytes / kKiB));
  return kib < kMostKiB ? fmt::format("\"{:.0f}KiB\"", kib)
                        : fmt::format("\"{:.0f}MiB\"", std::ceil(kib / kKiB));
}

}  // namespace

std::vector<Accepted> AcceptGrowth(const model::Policy& policy, const model::Suppression& common,
                                   const analysis::StackFrames& frames, int64_t now_ns,
                                   model::Verdict verdict) {
  std::vector<model::Suppression> suppressions = policy.suppressions;
  const auto mark = [&] {
    analysis::CheckSuppressions(suppressions, frames, now_ns, verdict);
    analysis::MarkExplained(verdict);
  };
  mark();
  std::vector<Accepted> accepted = AcceptStacks(common, frames, verdict);
  for (const Accepted& one : accepted) suppressions.push_back(one.suppression);
  mark();
  std::ranges::move(AcceptMetrics(common, verdict), std::back_inserter(accepted));
  return accepted;
}

std::string ToToml(const Accepted& accepted, const std::string& origin) {
  const model::Suppression& suppression = accepted.suppression;
  const bool is_stack = suppression.metric.empty();
  std::string text =
      "\n# " + report::OneLine(origin + " grew by " + accepted.comment) + "\n[[suppression]]\n";
  text += is_stack ? "fingerprint = " + Quoted(suppression.fingerprint) + '\n'
                   : "metric = " + Quoted(suppression.metric) + '\n';
  text += "reason = " + Quoted(suppression.reason) + '\n';
  text += "owner = " + Quoted(suppression.owner) + '\n';
  text += "expires = " + model::FormatTimestamp(suppression.expires_at_ns).substr(0, 10) + '\n';
  if (suppression.rate_per_hour) {
    const bool is_bytes = is_stack || analysis::KindOf(suppression.metric, {}).unit == "bytes";
    text += "rate_per_hour = " +
            (is_bytes ? SizeAbove(*suppression.rate_per_hour)
                      : fmt::format("{}", *suppression.rate_per_hour)) +
            '\n';
  }
  return text;
}

}  // namespace seep::agent
