// SPDX-License-Identifier: Apache-2.0
#include "agent/console.h"

#include <fmt/format.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <chrono>
#include <cstdlib>
#include <ctime>
#include <nlohmann/json.hpp>

#include "analysis/report/plain_text.h"

namespace seep::agent {
namespace {

bool has_live_line = false;
LogFormat log_format = LogFormat::kText;

void Write(const std::string& text) {
  // Whoever reads stderr may have gone: nothing to do about it.
  [[maybe_unused]] const ssize_t written = write(STDERR_FILENO, text.data(), text.size());
}

size_t TerminalWidth() {
  winsize size{};
  constexpr size_t kDefault = 80;
  return ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0 ? size.ws_col : kDefault;
}

// systemd.exec(5): JOURNAL_STREAM has device and inode of the stream that a unit was started with;
// sd-daemon(3): a line there may begin with its priority.
bool IsJournal() {
  static const bool is_journal = [] {
    const char* stream = std::getenv("JOURNAL_STREAM");
    struct stat status {};
    return stream != nullptr && fstat(STDERR_FILENO, &status) == 0 &&
           stream == fmt::format("{}:{}", status.st_dev, status.st_ino);
  }();
  return is_journal;
}

const char* ToString(Severity severity) {
  switch (severity) {
    case Severity::kError:
      return "error";
    case Severity::kWarning:
      return "warning";
    case Severity::kNotice:
      return "notice";
    case Severity::kInfo:
      break;
  }
  return "info";
}

std::string Now() {
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  const auto milliseconds = std::chrono::duration_cast<std::chrono::milliseconds>(now).count();
  const time_t seconds = milliseconds / 1000;
  tm utc{};
  gmtime_r(&seconds, &utc);
  return fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.{:03}Z", utc.tm_year + 1900,
                     utc.tm_mon + 1, utc.tm_mday, utc.tm_hour, utc.tm_min, utc.tm_sec,
                     milliseconds % 1000);
}

std::string JsonLine(std::string_view line, Severity severity, const LogFields& fields) {
  nlohmann::ordered_json entry{
      {"time", Now()}, {"severity", ToString(severity)}, {"message", line}};
  for (const auto& [name, value] : fields) entry[name] = value;
  // Command lines and paths are bytes, not always text.
  return entry.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace) + "\n";
}

}  // namespace

void SetLogFormat(LogFormat format) {
  log_format = format;
}

bool IsTerminal() {
  static const bool is_terminal = isatty(STDERR_FILENO) == 1;
  return is_terminal;
}

void Say(std::string_view line, Severity severity, const LogFields& fields) {
  const std::string clear = has_live_line ? "\r\033[K" : "";
  has_live_line = false;
  if (log_format == LogFormat::kJson) {
    Write(clear + JsonLine(line, severity, fields));
    return;
  }
  const std::string priority = IsJournal() ? fmt::format("<{}>", static_cast<int>(severity)) : "";
  Write(fmt::format("{}{}seep: {}\n", clear, priority, report::OneLine(line)));
}

void ShowProgress(std::string_view line) {
  if (!IsTerminal()) {
    Say(line);
    return;
  }
  // A line that wraps could not be overwritten.
  Write("\r\033[Kseep: " + report::Shorten(report::OneLine(line), TerminalWidth() - 7));
  has_live_line = true;
}

}  // namespace seep::agent
