// SPDX-License-Identifier: Apache-2.0
#include "analysis/report/service_text.h"

#include "analysis/report/plain_text.h"
#include "analysis/report/text_lines.h"
#include "analysis/series/metric_kind.h"
#include "storage/model/units.h"

namespace seep::report {
namespace {

void Within(const model::WithinLives& within, std::string& text) {
  std::string words = model::ToString(within.growth_class);
  if (model::IsGrowth(within.growth_class)) {
    words = "grows by " + Quantity(within.slope_per_hour, within.unit) + "/h of life in " +
            (within.rising == within.lives
                 ? "each of " + std::to_string(within.lives)
                 : std::to_string(within.rising) + " of " + std::to_string(within.lives)) +
            " lives";
  }
  Line(text, "    " + Cell(OneLine(within.metric), 20) + words);
}

void Start(const model::RisingStarts& start, std::string& text) {
  Paragraph(text,
            "    " + Cell(OneLine(start.metric), 20) +
                "begins with more at each start: " + Quantity(start.rise, start.unit) + " over " +
                std::to_string(start.starts) + " starts" +
                (start.is_finding ? ""
                                  : "; others may have a share in it: it is of the machine or of "
                                    "the control group"),
            24);
}

}  // namespace

void Restarts(const ReportInput& input, std::string& text) {
  for (const model::LineageVerdict& lineage : input.verdict.lineages) {
    const std::string name = TargetName(input.data, lineage.target);
    text += '\n';
    Paragraph(text,
              "Over restarts: " + name.substr(0, name.rfind(" (pid ")) + ", " +
                  std::to_string(lineage.lives) + " lives of " +
                  model::FormatDuration(lineage.life_s) + ", a start every " +
                  model::FormatDuration(lineage.every_s) +
                  " (medians); each life has a level of its own, the slope is common",
              2);
    for (const model::WithinLives& within : lineage.within) Within(within, text);
    for (const model::RisingStarts& start : lineage.starts) Start(start, text);
  }
}

void WholeService(const ReportInput& input, std::string& text) {
  if (input.verdict.service.empty()) return;
  text += "\nAll processes together (slope per hour, 95 % interval)\n";
  for (const model::SeriesVerdict& series : input.verdict.service) {
    const bool is_known = series.growth_class != model::GrowthClass::kInsufficientData;
    const auto slope = [&](double value) {
      return Cell(is_known ? Quantity(value, series.unit) : "-", 12);
    };
    Line(text, "    " + Cell(OneLine(series.metric), 20) +
                   Cell(model::ToString(series.growth_class), 19) +
                   Cell(Quantity(series.level, series.unit), 12) + slope(series.slope_per_hour) +
                   slope(series.ci_low) + slope(series.ci_high) + std::to_string(series.points));
  }
}

}  // namespace seep::report
