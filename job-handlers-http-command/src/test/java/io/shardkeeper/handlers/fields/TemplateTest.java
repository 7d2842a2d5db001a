package io.shardkeeper.handlers.fields;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import org.junit.jupiter.api.Test;

final class TemplateTest {
  @Test
  void placesAreFilledInAndOtherBracesAreText() {
    Template template = Template.of(
        "{\"order\": \"{order}\", \"at\": {\"due\": \"{run.scheduled-at}\"}, \"{}\": {order}}");

    assertThat(template.names()).containsExactly("order", "run.scheduled-at");
    assertThat(template.fill(Map.of("order", "7", "run.scheduled-at", "noon")::get))
        .isEqualTo("{\"order\": \"7\", \"at\": {\"due\": \"noon\"}, \"{}\": 7}");
  }

  @Test
  void aValueIsNotLookedIntoAgain() {
    assertThat(Template.of("{a}{b}").fill(Map.of("a", "{b}", "b", "{a}")::get)).isEqualTo("{b}{a}");
  }

  @Test
  void aTextWithoutPlacesIsItself() {
    assertThat(Template.of("").fill(name -> name)).isEmpty();
    assertThat(Template.of("{ a } {1} {a.} {.a}").fill(name -> name))
        .isEqualTo("{ a } {1} {a.} {.a}");
  }
}
