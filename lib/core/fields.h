// Options declared once: the fields visitor.
//
// A struct of options has a member `void fields(Fields&)` that names each variable with its option, its
// one-line meaning and the rule that its value keeps. From that one declaration come the parser, --help and
// the options recorded in outputs; defaults are read from the variables, never written twice.
#pragma once

#include <functional>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "core/text.h"

namespace athanor {

/// What a value must satisfy, with the words that say so in help and errors.
struct Rule {
  std::string text;                   ///< "at least 1"; empty for no rule
  std::function<bool(double)> holds;  ///< of a number, or of every number of a list
  std::vector<std::string> choices;   ///< of a word: the words allowed
};
Rule at_least(double low);
Rule more_than(double low);
/// low ≤ value ≤ high.
Rule between(double low, double high);
Rule one_of(std::vector<std::string> choices);

/// What kind of thing an option's value is. An output is refused before any work when it exists; a resumable one (a
/// training's) is judged by the tool, which may be asked to go on with it.
enum class FieldKind { value, flag, input, output, resumable };

/// One option or positional argument, whatever its type.
struct Field {
  std::string names;    ///< "-n,--count", or a bare word for a positional argument
  std::string help;     ///< meaning and unit
  std::string group;    ///< heading in help; empty: the tool's own
  std::string metavar;  ///< INT, NUMBER, TEXT, FILE
  std::string initial;  ///< the default as text, empty when there is none
  FieldKind kind = FieldKind::value;
  bool required = false;
  bool list = false;    ///< every word (of an option: every time it is given) is one value more
  bool commas = false;  ///< a word holds values with commas between them
  bool hidden = false;  ///< left out of every page
  Rule rule;
  std::function<void(std::span<const std::string>)> set;  ///< throws Error{usage}
  std::function<std::vector<std::string>()> get;          ///< the words that `set` would take
  bool positional() const { return names[0] != '-'; }
  /// The longest name: "--count".
  std::string label() const;
};

namespace detail {
/// What any type is that says nothing about itself.
struct Any {
  template <class T>
  Any(const T&) {}
};
inline FieldKind kind_of(Any) { return FieldKind::value; }
inline bool commas(Any) { return false; }
template <class T>
bool commas(const std::vector<T>&) {
  return true;
}
template <class T>
bool commas(const std::optional<T>&) {
  return commas(T{});
}
inline std::string metavar(const int64_t&) { return "INT"; }
inline std::string metavar(const uint64_t&) { return "INT"; }
inline std::string metavar(const double&) { return "NUMBER"; }
inline std::string metavar(const IndexList&) { return "LIST"; }
inline std::string metavar(const Shard&) { return "I/N"; }
inline std::string metavar(const Extent&) { return "HxW"; }
inline std::string metavar(const ByteSize&) { return "SIZE"; }
inline std::string metavar(Any) { return "TEXT"; }
template <class T>
std::string metavar(const std::vector<T>&) {
  return metavar(T{}) + ",…";
}
template <class T>
std::string metavar(const std::optional<T>&) {
  return metavar(T{});
}
void check_rule(const Rule& rule, const std::string& text, double value);
void check_rule(const Rule& rule, const std::string& text, const std::string& value);
template <class T>
void check_rule(const Rule& rule, const std::string& text, const T& value) {
  if constexpr (std::is_arithmetic_v<T>) check_rule(rule, text, double(value));
}
template <class T>
void check_rule(const Rule& rule, const std::string& text, const std::vector<T>& values) {
  for (const T& value : values) check_rule(rule, text, value);
}
template <class T>
void check_rule(const Rule& rule, const std::string& text, const std::optional<T>& value) {
  if (value) check_rule(rule, text, *value);
}
}  // namespace detail

/// The visitor: collects the fields of a struct of options.
class Fields {
 public:
  /// An option with a value. The variable must outlive the fields.
  template <class T>
  void opt(std::string names, T& value, std::string help, Rule rule = {}) {
    add(std::move(names), value, std::move(help), std::move(rule));
  }
  /// An option that must be given.
  template <class T>
  void required(std::string names, T& value, std::string help, Rule rule = {}) {
    add(std::move(names), value, std::move(help), std::move(rule)).required = true;
  }
  /// A switch.
  void opt(std::string names, bool& value, std::string help);
  /// A positional argument with a default.
  template <class T>
  void arg(std::string name, T& value, std::string help) {
    add(std::move(name), value, std::move(help), {});
  }
  /// A positional list: as many words as are left.
  template <class T>
  void args(std::string name, std::vector<T>& values, std::string help) {
    add_each(std::move(name), values, std::move(help), {});
  }
  /// An option that may be given several times, each time with one value more; commas do not split it. What is given
  /// replaces the default.
  template <class T>
  void many(std::string names, std::vector<T>& values, std::string help, Rule rule = {}) {
    add_each(std::move(names), values, std::move(help), std::move(rule));
  }
  /// An option that no page mentions.
  template <class T>
  void hidden(std::string names, T& value, std::string help, Rule rule = {}) {
    add(std::move(names), value, std::move(help), std::move(rule)).hidden = true;
  }
  /// The options of a part, under a heading of their own.
  template <class Options>
  void group(std::string heading, Options& options) {
    std::swap(heading, heading_);
    options.fields(*this);
    std::swap(heading, heading_);
  }
  const std::vector<Field>& list() const { return list_; }

 private:
  template <class T>
  static FieldKind kind_of(const T& value) {
    using detail::kind_of;
    return kind_of(value);
  }
  template <class T>
  static std::string metavar(const T& value) {
    using detail::metavar;
    return metavar(value);
  }
  template <class T>
  Field& add(std::string names, T& value, std::string help, Rule rule) {
    Field& field = list_.emplace_back();
    field.names = std::move(names);
    field.help = std::move(help);
    field.group = heading_;
    field.metavar = metavar(value);
    field.kind = kind_of(value);
    field.initial = to_text(value);
    field.commas = detail::commas(value);
    field.rule = rule;
    field.set = [&value, rule](std::span<const std::string> words) {
      from_text(words.back(), value);
      detail::check_rule(rule, words.back(), value);
    };
    field.get = [&value] { return std::vector{to_text(value)}; };
    return field;
  }
  /// A field of which each word is an element.
  template <class T>
  void add_each(std::string names, std::vector<T>& values, std::string help, Rule rule) {
    Field& field = add(std::move(names), values, std::move(help), rule);
    field.kind = kind_of(T{});
    field.metavar = metavar(T{});
    field.list = true;
    field.commas = false;
    field.set = [&values, rule](std::span<const std::string> words) {
      values.clear();
      for (const std::string& word : words) {
        from_text(word, values.emplace_back());
        detail::check_rule(rule, word, values.back());
      }
    };
    field.get = [&values] {
      std::vector<std::string> words;
      for (const T& value : values) words.push_back(to_text(value));
      return words;
    };
  }
  std::vector<Field> list_;
  std::string heading_;
};

}  // namespace athanor
