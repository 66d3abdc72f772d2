// SPDX-License-Identifier: Apache-2.0
#include "analysis/load/load_source.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <tuple>
#include <utility>

namespace seep::analysis {
namespace {

constexpr double kTie = 0.01;        // of the run
constexpr double kHole = 3;          // times a usual window between two of them
constexpr double kLinePoints = 200;  // in a run: four in the shortest block of a series

bool IsWindow(const model::LoadWindow& window) {
  return std::isfinite(window.begin_s) && std::isfinite(window.end_s) &&
         window.end_s > window.begin_s && std::isfinite(window.requests) && window.requests >= 0 &&
         std::isfinite(window.errors) && window.errors >= 0;
}

bool IsEndpoint(const std::string& source) {
  return source.starts_with("http://") || source.starts_with("https://");
}

double Middle_s(const model::LoadWindow& window) {
  return (window.begin_s + window.end_s) / 2;
}

double Rate(const model::LoadWindow& window) {
  return window.requests / (window.end_s - window.begin_s);
}

// A straight line from one point to the next, without the second.
void AddLine(const model::Point& from, const model::Point& to, double step_s,
             std::vector<model::Point>& rate) {
  const double length_s = to.t_s - from.t_s;
  const double pieces = std::clamp(std::ceil(length_s / step_s), 1.0, kLinePoints);
  for (double piece = 0; piece < pieces; ++piece) {
    const double x = piece / pieces;
    rate.push_back({from.t_s + x * length_s, from.value + x * (to.value - from.value)});
  }
}

bool IsHole(const model::LoadWindow& before, const model::LoadWindow& after) {
  const double usual_s = std::max(before.end_s - before.begin_s, after.end_s - after.begin_s);
  return after.begin_s - before.end_s > kHole * usual_s;
}

}  // namespace

double LoadSeries::Covered_s() const {
  double covered_s = 0;
  for (const model::LoadWindow* window : windows) covered_s += window->end_s - window->begin_s;
  return covered_s;
}

double LoadSeries::Requests() const {
  double requests = 0;
  for (const model::LoadWindow* window : windows) requests += window->requests;
  return requests;
}

std::vector<LoadSeries> SplitLoad(const std::vector<model::LoadWindow>& load) {
  std::map<std::pair<std::string, std::string>, LoadSeries> by_name;
  for (const model::LoadWindow& window : load) {
    if (!IsWindow(window)) continue;
    LoadSeries& series = by_name[{window.source, window.operation}];
    if (!series.windows.empty() && window.begin_s < series.windows.back()->end_s) continue;
    series.windows.push_back(&window);
  }
  std::vector<LoadSeries> all;
  for (auto& [name, series] : by_name) {
    std::tie(series.source, series.operation) = name;
    all.push_back(std::move(series));
  }
  std::stable_sort(all.begin(), all.end(), [](const LoadSeries& a, const LoadSeries& b) {
    return std::tuple(a.source, !a.operation.empty(), -a.Requests()) <
           std::tuple(b.source, !b.operation.empty(), -b.Requests());
  });
  return all;
}

double LoadCovariate::MeanRate(double begin_s, double end_s) const {
  double area = 0;
  double time_s = 0;
  for (size_t i = 1; i < rate.size(); ++i) {
    if (rate[i - 1].t_s < begin_s || rate[i].t_s > end_s) continue;
    const double length_s = rate[i].t_s - rate[i - 1].t_s;
    area += length_s * (rate[i].value + rate[i - 1].value) / 2;
    time_s += length_s;
  }
  return time_s > 0 ? area / time_s : 0;
}

LoadCovariate ChooseCovariate(std::span<const LoadSeries> load, double run_s) {
  const auto rank = [run_s](const LoadSeries& series) {
    const double covered = run_s > 0 ? series.Covered_s() / run_s : 0;
    return std::tuple(std::round(covered / kTie), IsEndpoint(series.source), series.Requests());
  };
  const LoadSeries* best = nullptr;
  for (const LoadSeries& series : load) {
    if (!series.operation.empty() || !(series.Requests() > 0)) continue;
    if (best == nullptr || rank(series) > rank(*best)) best = &series;
  }
  if (best == nullptr) return {};
  LoadCovariate chosen{best->source, {}, run_s > 0 ? best->Covered_s() / run_s : 0};
  // To its edges the rate of a window is its own.
  const double step_s = (run_s > 0 ? run_s : best->end_s() - best->begin_s()) / kLinePoints;
  const model::LoadWindow* before = nullptr;
  for (const model::LoadWindow* window : best->windows) {
    const model::Point middle{Middle_s(*window), Rate(*window)};
    const bool is_first = before == nullptr || IsHole(*before, *window);
    if (is_first && before != nullptr) {
      AddLine({Middle_s(*before), Rate(*before)}, {before->end_s, Rate(*before)}, step_s,
              chosen.rate);
    }
    AddLine(is_first ? model::Point{window->begin_s, Rate(*window)}
                     : model::Point{Middle_s(*before), Rate(*before)},
            middle, step_s, chosen.rate);
    before = window;
  }
  AddLine({Middle_s(*before), Rate(*before)}, {before->end_s, Rate(*before)}, step_s, chosen.rate);
  chosen.rate.push_back({before->end_s, Rate(*before)});
  return chosen;
}

}  // namespace seep::analysis
