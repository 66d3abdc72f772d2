// SPDX-License-Identifier: Apache-2.0
#include "analysis/report/series_text.h"

#include <catch2/catch.hpp>

#include <sstream>

#include "analysis/report/plot.h"
#include "analysis/report/report.h"

using namespace seep;

namespace {

// A rise of `rise` over a day, from `level`.
analysis::OneSeries Line(double level, double rise) {
  analysis::OneSeries series{.metric = "rss_swap", .started_s = 1.7e9, .points = {}, .load = {}};
  for (int i = 0; i <= 1440; ++i) series.points.push_back({60.0 * i, level + rise * i / 1440});
  return series;
}

std::string Text(const analysis::OneSeries& series) {
  return report::SeriesText("a.csv", series, analysis::JudgeOneSeries(series));
}

}  // namespace

TEST_CASE("the report on growth answers every question, within the width") {
  analysis::OneSeries series = Line(1e8, 5e7);
  series.limit = 1'000'000'000;
  const std::string text = Text(series);
  INFO(text);
  for (const char* words : {"Growth: rss_swap rises by", "What it does", "How sure", "How fast",
                            "per day", "Since when", "the beginning", "What will happen",
                            "the limit of", "Smallest seen", "a daily cycle"}) {
    CHECK(text.find(words) != std::string::npos);
  }
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) CHECK(line.size() <= report::kTextWidth);
}

TEST_CASE("too little data gives no figures that could be taken for a pass") {
  analysis::OneSeries series = Line(1e8, 0);
  series.points.resize(5);
  const std::string text = Text(series);
  INFO(text);
  CHECK(text.starts_with("Inconclusive: "));
  CHECK(text.find("How fast") == std::string::npos);
  CHECK(text.find("What is missing   12 values and 30 s") != std::string::npos);
  CHECK(text.find("What to do") != std::string::npos);
}

TEST_CASE("a plot rises with its series and shows holes") {
  const std::string plot = report::Plot({{0, 0}, {60, 50}, {100, 100}}, "fds");
  CHECK(plot ==
        "       100 fds |                                                               *\n"
        "               |\n"
        "               |\n"
        "               |                                      *\n"
        "               |\n"
        "               |\n"
        "         0 fds |*\n"
        "                0s                                                         1m40s\n");
  CHECK(report::Plot({}, "fds").empty());
  CHECK(report::Plot({{5, 7}}, "").find('*') != std::string::npos);
}
