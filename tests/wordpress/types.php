<?php
// The site's own types and limits, loaded by WordPress as a must-use plugin: what sites keep in their theme.

add_action('init', function () {
    $shown = ['public' => true, 'has_archive' => true, 'supports' => ['title', 'editor']];
    // Like many themes' and plugins' types: public, in the sitemap, but not in the REST API.
    register_post_type('projet', $shown + ['label' => 'Projets', 'rewrite' => ['slug' => 'projets', 'with_front' => false]]);
    register_post_type('evenement', $shown + [
        'label' => 'Agenda', 'show_in_rest' => true, 'rewrite' => ['slug' => 'evenements', 'with_front' => false],
    ]);
    register_post_type('note_interne', ['label' => 'Notes', 'public' => false]);
});

// Small, so that a small site's sitemap has several pages; WordPress's own is 2000.
add_filter('wp_sitemaps_max_urls', fn () => 50);
