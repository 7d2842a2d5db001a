package io.shardkeeper.house;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Patches are taken at their word, and those that are kept still fit. */
final class PatchTest {
  private static final Path ROOT = Path.of("..");
  private static final String ONE_LINE = """
      --- a/poem
      +++ b/poem
      @@ -2,3 +2,3 @@
       two
      -three
      +drei
       four
      """;

  @Test
  void everyPlantedBugFitsTheProject() throws IOException {
    List<PlantedBug> bugs = PlantedBug.all(ROOT);
    assertThat(bugs).hasSizeGreaterThanOrEqualTo(6);
    for (PlantedBug bug : bugs) {
      for (Patch.FileChange change : bug.patch().files()) {
        assertThat(change.path().toString())
            .as("%s is a mistake in the product, not in its tests", bug)
            .contains("/src/main/java/");
        String text = Files.readString(ROOT.resolve(change.path()));
        try {
          assertThat(change.applyTo(text)).isNotEqualTo(text);
        } catch (IllegalArgumentException e) {
          throw new AssertionError(bug + " does not fit any more. " + e.getMessage(), e);
        }
      }
    }
  }

  @Test
  void everyPlantedBugHasItsNumber() throws IOException {
    assertThat(PlantedBug.all(ROOT))
        .extracting(bug -> bug.name().substring(0, 2))
        .doesNotHaveDuplicates()
        .doesNotContain("00");
  }

  @Test
  void linesAreReplacedWhereverTheyHaveMoved() {
    assertThat(patched("one\ntwo\nthree\nfour\n")).isEqualTo("one\ntwo\ndrei\nfour\n");
    assertThat(patched("zero\none\n\ntwo\nthree\nfour\nfive"))
        .isEqualTo("zero\none\n\ntwo\ndrei\nfour\nfive");
  }

  @Test
  void whatStandsAroundMustBeAsItWas() {
    assertThatThrownBy(() -> patched("one\ntwo\nthree\nFOUR\n"))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("poem")
        .hasMessageContaining("nowhere");
  }

  @Test
  void whatStandsInTwoPlacesIsNotGuessed() {
    assertThatThrownBy(() -> patched("two\nthree\nfour\ntwo\nthree\nfour\n"))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("more places than one");
  }

  @Test
  void hunksFollowEachOther() {
    Patch patch = Patch.of(List.of(
        "# why: an example",
        "--- a/poem",
        "+++ b/poem",
        "@@ -1 +1,2 @@",
        " one",
        "+one and a half",
        "@@ -4,2 +5 @@ in a verse",
        "-four",
        " five"));
    assertThat(patch.files().get(0).applyTo("one\n\nthree\nfour\nfive\n"))
        .isEqualTo("one\none and a half\n\nthree\nfive\n");
  }

  @Test
  void whatIsNoDiffIsRefused() {
    refuses("it has no line", "# why: nothing");
    refuses("should change files where they are", "--- a/poem", "+++ b/song");
    refuses("+++ b/", "--- a/poem", "+++ /dev/null");
    refuses("@@", "--- a/poem", "+++ b/poem", "-one");
    refuses("more lines", "--- a/poem", "+++ b/poem", "@@ -1,2 +1,2 @@", "-one", "+eins");
    refuses("counts", "--- a/poem", "+++ b/poem", "@@ -1,1 +1,2 @@", "-one", "-two", "+a", "+b");
    refuses("begins with", "--- a/poem", "+++ b/poem", "@@ -1 +1 @@", "\\ No newline");
  }

  private static void refuses(String message, String... lines) {
    assertThatThrownBy(() -> Patch.of(List.of(lines)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining(message);
  }

  private static String patched(String text) {
    return Patch.of(ONE_LINE.lines().toList()).files().get(0).applyTo(text);
  }
}
