// SPDX-License-Identifier: Apache-2.0
#include "agent/commands/report_formats.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>

namespace seep::agent {
namespace {

constexpr ReportFormat kFormats[] = {
    {"text", ".txt", &report::ToText},         {"json", ".json", &report::ToJson},
    {"junit", ".junit.xml", &report::ToJunit}, {"sarif", ".sarif", &report::ToSarif},
    {"markdown", ".md", &report::ToMarkdown},  {"html", ".html", &report::ToHtml, true}};

model::Status CheckWritable(const std::string& path) {
  std::error_code ignored;
  const std::filesystem::path parent = std::filesystem::path(path).parent_path();
  const std::string folder = parent.empty() ? "." : parent.string();
  if (std::filesystem::is_directory(path, ignored)) {
    return model::Fail(model::Errc::kInvalidArgument,
                       "--report: " + path + " is a folder; name a file in it");
  }
  const bool exists = std::filesystem::exists(path, ignored);
  if (access(exists ? path.c_str() : folder.c_str(), exists ? W_OK : W_OK | X_OK) == 0) return {};
  return model::FailErrno("--report: " + (exists ? path : "folder " + folder) +
                          " cannot be written");
}

}  // namespace

std::string ReportFormatNames() {
  std::string names;
  for (const ReportFormat& format : kFormats)
    names += (names.empty() ? "" : ", ") + std::string(format.name);
  return names;
}

model::Result<const ReportFormat*> FindReportFormat(std::string_view name) {
  for (const ReportFormat& format : kFormats) {
    if (name == format.name) return &format;
  }
  return model::Fail(
      model::Errc::kInvalidArgument,
      fmt::format("format '{}' is not known; use one of {}", name, ReportFormatNames()));
}

model::Result<ReportFile> ParseReportFile(std::string_view text) {
  const size_t equals = text.find('=');
  if (equals == std::string_view::npos || equals + 1 == text.size()) {
    return model::Fail(model::Errc::kInvalidArgument, fmt::format("'{}' is not FORMAT=FILE", text));
  }
  const auto format = FindReportFormat(text.substr(0, equals));
  if (!format) return std::unexpected(format.error());
  return ReportFile{*format, std::string(text.substr(equals + 1))};
}

model::Status CheckReportFiles(const std::vector<ReportFile>& files) {
  for (size_t i = 0; i < files.size(); ++i) {
    if (auto checked = CheckWritable(files[i].path); !checked) return checked;
    const auto is_same = [&](const ReportFile& other) { return other.path == files[i].path; };
    if (std::any_of(files.begin(), files.begin() + static_cast<std::ptrdiff_t>(i), is_same)) {
      return model::Fail(model::Errc::kInvalidArgument,
                         "--report: " + files[i].path + " is named twice");
    }
  }
  return {};
}

std::vector<std::string> SourceRoots(const std::vector<std::string>& given) {
  std::vector<std::string> roots;
  const auto add = [&roots](const std::filesystem::path& path) {
    std::string root = path.lexically_normal().string();
    if (root.size() > 1 && root.ends_with('/')) root.pop_back();
    if (!root.empty() && std::find(roots.begin(), roots.end(), root) == roots.end()) {
      roots.push_back(std::move(root));
    }
  };
  std::error_code error;
  for (const std::string& root : given) {
    // Where sources were compiled need not exist here.
    add(std::filesystem::absolute(root, error));
    add(std::filesystem::weakly_canonical(std::filesystem::absolute(root, error), error));
  }
  const std::filesystem::path here = std::filesystem::current_path(error);
  if (given.empty() && !error && here != "/") add(here);
  return roots;
}

}  // namespace seep::agent
