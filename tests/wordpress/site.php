<?php
// The content of the test's WordPress, written through WordPress's own functions:
//     php site.php WWW install       makes the tables and the settings
//     php site.php WWW fill          writes the content; prints what a crawler should find, as JSON
//     php site.php WWW call JSON     {"function": "wp_trash_post", "arguments": [12]}; prints what it returned
// All texts are ours.

[, $www, $command] = $argv;
if ($command === 'install') {
    define('WP_INSTALLING', true);
}
require "$www/wp-load.php";
require_once ABSPATH . 'wp-admin/includes/admin.php';

const PLACES = ['Aubrive', 'Clairmont', 'Belle-Rive', 'Port-Salin', 'Montjoie', 'Sainte-Orge', 'Val-d’Ombre', 'Rochelune'];
const SUBJECTS = [
    'l’eau potable', 'l’éclairage public', 'les marchés couverts', 'l’état civil', 'les jardins partagés', 'la voirie',
    'les bibliothèques de quartier', 'le ramassage des déchets', 'les écoles maternelles', 'les transports du soir',
    'les berges du fleuve', 'la formation des agents', 'l’accueil des aînés',
];
const ACTS = [
    'ouvre un chantier pour', 'présente un bilan sur', 'forme douze agents à', 'consulte les habitants sur',
    'adopte un budget pour', 'visite une commune voisine qui a rénové', 'publie un guide consacré à',
];
const SENTENCES = [
    'Le conseil municipal a voté la délibération à l’unanimité après deux heures de débat.',
    'Les travaux commenceront au printemps et dureront un peu moins d’une année.',
    'Une réunion publique a permis à chacun de poser ses questions aux services techniques.',
    'La commune paiera un tiers de la somme, et ses partenaires le reste.',
    'Les associations du quartier tiendront le registre des demandes et le rendront chaque mois.',
    'Un premier essai, mené l’an passé dans deux rues, avait donné de bons résultats.',
    'Les agents suivront quatre journées de cours, dont une sur le terrain.',
    'Le plan détaillé peut être consulté à la mairie aux heures d’ouverture.',
    'Les écoles participeront par une exposition de dessins et de maquettes.',
    'Un comité de suivi se réunira tous les trois mois pour mesurer les progrès.',
    'La maire a rappelé que l’entretien compte autant que la construction.',
];

/** A text of its own for each number: no two articles are copies of one another. */
function text_of(int $number, string $title): string {
    $paragraphs = [];
    for ($p = 0; $p < 4; $p++) {
        $said = [];
        for ($s = 0; $s < 3; $s++) {
            $said[] = SENTENCES[($number * (3 + $p) + 5 * $p + 4 * $s) % count(SENTENCES)];
        }
        $paragraphs[] = sprintf('<p>%s, dossier %d, étape %d. %s</p>', $title, $number, $p + 1, implode(' ', $said));
    }
    return implode("\n\n", $paragraphs);
}

/** Write a post; what is not said is an article of the news, published in its turn. */
function write(array $post): int {
    static $turn = 0;
    $turn++;
    $day = strtotime('2019-01-07 09:00:00 UTC') + $turn * 11 * 86400;
    $filled = $post + [
        'post_type' => 'post', 'post_status' => 'publish', 'post_author' => 1,
        'post_date' => gmdate('Y-m-d H:i:s', $day), 'post_content' => text_of($turn, $post['post_title']),
    ];
    $id = wp_insert_post(wp_slash($filled), true);
    if (is_wp_error($id)) {
        throw new RuntimeException($id->get_error_message());
    }
    return $id;
}

function install(): bool {
    require_once ABSPATH . 'wp-admin/includes/upgrade.php';
    wp_install('Ville exemple', 'redaction', 'redaction@ville.example', true, '', wp_generate_password(), 'fr_FR');
    foreach (get_posts(['post_type' => ['post', 'page'], 'post_status' => 'any', 'numberposts' => -1]) as $sample) {
        wp_delete_post($sample->ID, true); // « Bonjour tout le monde ! » is not ours
    }
    update_option('WPLANG', 'fr_FR');
    update_option('timezone_string', 'Europe/Paris');
    switch_theme('twentytwentyone');
    update_option('permalink_structure', '/actualites/%postname%/');
    return true;
}

/** @return array{array<int>, array<int>} the articles, and among them those of one feed: the news */
function write_public(): array {
    $news = [];
    foreach (range(1, 104) as $n) {
        $title = ucfirst(PLACES[$n % count(PLACES)]) . ' ' . ACTS[$n % count(ACTS)] . ' ' . SUBJECTS[$n % count(SUBJECTS)];
        $news[] = write(['post_title' => $title, 'post_category' => [category($n)], 'tags_input' => [PLACES[$n % count(PLACES)]]]);
    }
    stick_post($news[0]);
    wp_insert_comment(['comment_post_ID' => $news[1], 'comment_content' => 'Un avis de lecteur : zzcommentaire.', 'comment_approved' => 1]);
    $others = [];
    foreach (range(1, 15) as $n) {
        $others[] = write(['post_type' => 'projet', 'post_title' => "Projet $n pour " . SUBJECTS[$n % count(SUBJECTS)]]);
    }
    foreach (range(1, 12) as $n) {
        $others[] = write(['post_type' => 'evenement', 'post_title' => "Rencontre $n sur " . SUBJECTS[($n + 4) % count(SUBJECTS)]]);
    }
    return [$news, $others];
}

function category(int $number): int {
    $name = ['Eau', 'Voirie', 'Écoles', 'Budget', 'Culture', 'Santé'][$number % 6];
    return term_exists($name, 'category')['term_id'] ?? wp_insert_term($name, 'category')['term_id'];
}

/** The cases that a crawler has to know, by name: identifiers of posts of the news. */
function write_cases(): array {
    $cases = [
        'paginated' => write(['post_title' => 'Un dossier en trois pages', 'post_content' =>
            text_of(501, 'Première partie') . "\n\n<p>Mot de la page une : zzfeuilleun.</p>\n\n<!--nextpage-->\n\n"
            . text_of(502, 'Deuxième partie') . "\n\n<p>Mot de la page deux : zzfeuilledeux.</p>\n\n<!--nextpage-->\n\n"
            . text_of(503, 'Troisième partie') . "\n\n<p>Mot de la page trois : zzfeuilletrois.</p>"]),
        'renamed' => write(['post_title' => 'Une adresse corrigée', 'post_name' => 'ancienne-adresse']),
        'protected' => write(['post_title' => 'Compte rendu réservé', 'post_password' => 'sesame',
            'post_content' => '<p>' . str_repeat('Ce texte est secret : zzmotdepasse. ', 20) . '</p>']),
        'arabic' => write(['post_title' => 'الماء للجميع', 'post_content' => text_of(504, 'Une adresse en arabe')]),
        'typography' => write(['post_title' => 'L’eau & la ville : « aujourd’hui », 100 % public', 'post_excerpt' => 'Un chapeau.']),
        'more' => write(['post_title' => 'Un article coupé', 'post_content' =>
            text_of(505, 'Le début') . "\n<!--more-->\n" . text_of(506, 'La suite') . '<p>zzapreslacoupe</p>'
            . '<p>Voir aussi <a href="' . home_url('/actualites/ancienne-adresse/') . '">l’autre dossier</a>.</p>']),
        // The first address is the beginning of the second: WordPress guesses so when the first is gone.
        'first_year' => write(['post_title' => 'Le plan vélo', 'post_content' => text_of(507, 'Les pistes de la première année')]),
        'second_year' => write(['post_title' => 'Le plan vélo, un an après', 'post_content' => text_of(508, 'Le bilan chiffré')]),
    ];
    wp_update_post(['ID' => $cases['renamed'], 'post_name' => 'adresse-corrigee']);
    return $cases;
}

/** What nobody may find: each text with a word of its own. */
function write_hidden(): array {
    $words = [];
    foreach (['draft' => 'zzbrouillon', 'pending' => 'zzrelecture', 'private' => 'zzprive', 'future' => 'zzplustard', 'trash' => 'zzcorbeille'] as $status => $word) {
        $post = ['post_title' => "Texte $word", 'post_content' => '<p>' . str_repeat("Rien à lire ici : $word. ", 20) . '</p>'];
        $post += $status === 'future' ? ['post_date' => '2099-01-01 09:00:00'] : [];
        $words[$word] = write($post + ['post_status' => $status === 'trash' ? 'publish' : $status]);
        if ($status === 'trash') {
            wp_trash_post($words[$word]);
        }
    }
    $words['zznote'] = write(['post_type' => 'note_interne', 'post_title' => 'Note zznote']);
    return $words;
}

/** @return array<int> the pages; the front page and the page of the news are set, and a menu leads everywhere */
function write_pages(): array {
    $pages = [];
    foreach (['Notre association', 'Nos statuts', 'Les villes membres', 'Nous écrire'] as $title) {
        $pages[] = write(['post_type' => 'page', 'post_title' => $title]);
    }
    $pages[] = write(['post_type' => 'page', 'post_title' => 'Le bureau', 'post_parent' => $pages[0]]);
    $front = write(['post_type' => 'page', 'post_title' => 'Accueil', 'post_content' => '<p>Bienvenue sur le site de la ville.</p>']);
    $list = write(['post_type' => 'page', 'post_title' => 'Toutes nos actualités', 'post_content' => '']);
    update_option('show_on_front', 'page');
    update_option('page_on_front', $front);
    update_option('page_for_posts', $list);
    $menu = wp_create_nav_menu('Principal');
    foreach ([$list, ...$pages] as $page) {
        menu_item($menu, get_the_title($page), get_permalink($page));
    }
    foreach (['projet', 'evenement'] as $type) {
        menu_item($menu, $type, get_post_type_archive_link($type));
    }
    set_theme_mod('nav_menu_locations', ['primary' => $menu]);
    return $pages;
}

function menu_item(int $menu, string $title, string $url): void {
    wp_update_nav_menu_item($menu, 0, ['menu-item-title' => $title, 'menu-item-url' => $url, 'menu-item-status' => 'publish']);
}

/** Pictures with pages of their own: one belongs to an article, one to nothing and with a long description. */
function write_attachments(int $article): array {
    $pixel = base64_decode('iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==');
    $made = [];
    foreach (['attached' => $article, 'alone' => 0] as $name => $parent) {
        $file = wp_upload_bits("photo-$name.png", null, $pixel);
        $made[$name] = wp_insert_attachment([
            'post_title' => "Photo zzimage $name", 'post_mime_type' => 'image/png', 'post_status' => 'inherit',
            'post_content' => str_repeat("Description de la photo, zzimage $name, prise au bord du fleuve. ", 8),
        ], $file['file'], $parent);
    }
    $shown = '<p><a href="' . get_permalink($made['attached']) . '">La photo</a>, <a href="' . get_permalink($made['alone']) . '">une autre</a>.</p>';
    wp_update_post(wp_slash(['ID' => $article, 'post_content' => get_post($article)->post_content . $shown]));
    return $made;
}

function row(int $id): array {
    $post = get_post($id);
    return [
        'id' => $id, 'url' => get_permalink($id), 'type' => $post->post_type, 'title' => html_entity_decode(get_the_title($id)),
        'date' => substr($post->post_date, 0, 10),
    ];
}

function fill(): array {
    wp_set_current_user(1);
    flush_rewrite_rules(false);
    wp_defer_term_counting(true);
    [$news, $others] = write_public();
    $cases = write_cases();
    $hidden = write_hidden();
    $pages = write_pages();
    $attachments = write_attachments($news[2]);
    wp_defer_term_counting(false);
    return [
        'articles' => array_map('row', [...$news, ...array_values($cases), ...$others, ...$pages]),
        'cases' => array_map('row', $cases),
        'hidden' => $hidden,
        'attachments' => array_map('get_permalink', $attachments),
    ];
}

function call(string $json): mixed {
    wp_set_current_user(1);
    ['function' => $function, 'arguments' => $arguments] = json_decode($json, true, 512, JSON_THROW_ON_ERROR);
    return $function(...wp_slash($arguments));
}

$done = match ($command) {
    'install' => install(),
    'fill' => fill(),
    'call' => call($argv[3]),
};
echo json_encode($done, JSON_THROW_ON_ERROR | JSON_UNESCAPED_UNICODE), "\n";
